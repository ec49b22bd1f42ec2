import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import { unzipSync } from "fflate";
import { ROOT } from "./support/host.ts";
import { vsixPath } from "./support/workbench.ts";

const MAX_BYTES = 32 * 2 ** 20; // of the download; 13 MB without the shim's modules in the snapshot

/** All that ships, by pattern; each pattern must be met. */
const SHIPS = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/package\.json$/,
  /^extension\/(readme|changelog)\.md$/,
  /^extension\/LICENSE\.txt$/,
  /^extension\/THIRD_PARTY_NOTICES$/,
  /^extension\/package\.nls(\.de)?\.json$/,
  /^extension\/extension\/l10n\/bundle\.l10n\.de\.json$/,
  /^extension\/extension\/media\/(icon\.png|(chainrule|walk-\w+)\.svg|sample\.py)$/,
  /^extension\/dist\/extension\.cjs$/,
  /^extension\/dist\/(worker|helper)\.cjs$/,
  /^extension\/dist\/room\.js$/,
  /^extension\/dist\/kernels[\w-]*\.wasm$/,
  /^extension\/dist\/pyodide\.asm\.wasm$/,
  /^extension\/dist\/python_stdlib\.zip$/,
  /^extension\/dist\/python\.snapshot(\.br|\.gz)?$/,
  /^extension\/dist\/site-packages\.json$/,
  /^extension\/dist\/site-packages-names\.txt$/,
  /^extension\/dist\/webview\/main\.(js|css)$/,
];

/** The bytes, with compression undone: nothing could be found in a packed file. */
function unpacked(name: string, bytes: Uint8Array): Buffer {
  if (name.endsWith(".br")) return zlib.brotliDecompressSync(bytes);
  if (name.endsWith(".gz")) return zlib.gunzipSync(bytes);
  if (name.endsWith(".zip")) return Buffer.concat(Object.values(unzipSync(bytes)));
  return Buffer.from(bytes);
}

describe("the .vsix", () => {
  const packed = fs.readFileSync(vsixPath());
  const files = unzipSync(packed);
  const names = Object.keys(files);

  it("holds what the extension needs, and nothing else", () => {
    const foreign = names.filter((name) => !SHIPS.some((pattern) => pattern.test(name)));
    const missing = SHIPS.filter((pattern) => !names.some((name) => pattern.test(name)));
    assert.deepEqual({ foreign, missing }, { foreign: [], missing: [] });
  });

  it(`is smaller than ${MAX_BYTES / 2 ** 20} MB`, () => {
    console.log(`      ${(packed.length / 2 ** 20).toFixed(1)} MB in ${names.length} files`);
    assert.ok(packed.length < MAX_BYTES, `${packed.length} bytes`);
  });

  it("knows nothing of the machine that built it", () => {
    const words = [ROOT, os.hostname()].filter((word) => word.length > 3 && word !== "localhost");
    const found = names.flatMap((name) => {
      const bytes = unpacked(name, files[name] ?? new Uint8Array());
      return words.filter((word) => bytes.includes(word)).map((word) => `${word} in ${name}`);
    });
    assert.deepEqual(found, []);
  });

  it("has a page whose pictures lie in the repository, as the README's do here", () => {
    const page = Buffer.from(files["extension/readme.md"] ?? []).toString();
    const images = (text: string): string[] =>
      [...text.matchAll(/\b(?:src|srcset)="([^"]+)"/g)].map(([, link = ""]) => link);
    const own = images(fs.readFileSync(path.join(ROOT, "README.md"), "utf8"));
    assert.ok(own.length > 0 && own.every((name) => fs.existsSync(path.join(ROOT, name))));
    const text = fs.readFileSync(path.join(ROOT, "package.json"), "utf8");
    const { repository } = JSON.parse(text) as { repository: { url: string } };
    const base = `${repository.url.replace(/\.git$/, "")}/raw/HEAD/`;
    const shown = images(page);
    assert.ok(shown.length > 0);
    for (const link of shown)
      assert.ok(link.startsWith(base) && own.includes(link.slice(base.length)));
  });

  it("holds the manifest and the notices of this checkout", () => {
    const here = (name: string): string => fs.readFileSync(path.join(ROOT, name), "utf8");
    const shipped = (name: string): string => Buffer.from(files[name] ?? []).toString();
    assert.equal(shipped("extension/THIRD_PARTY_NOTICES"), here("THIRD_PARTY_NOTICES"));
    const manifests = [shipped("extension/package.json"), here("package.json")];
    const [theirs, ours] = manifests.map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.deepEqual(theirs?.["contributes"], ours?.["contributes"]);
    assert.equal(theirs?.["version"], ours?.["version"]);
  });
});
