import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { ROOT } from "./support/host.ts";
import { NOTICES, noticesText } from "./support/notices.ts";

/** npm packages whose code ends in a bundle. */
async function bundledPackages(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      "extension/main.ts",
      "engine/worker.ts",
      "engine/cli.ts",
      "engine/room/room.ts",
      "webview/main.tsx",
    ],
    bundle: true,
    write: false,
    metafile: true,
    outdir: "dist",
    platform: "node",
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    external: ["vscode", "ws"],
    logLevel: "silent",
  });
  const names = Object.keys(metafile.inputs).map(
    (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1],
  );
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}

describe("THIRD_PARTY_NOTICES", () => {
  it("is what test/support/notices.ts writes", () => {
    const text = fs.readFileSync(path.join(ROOT, "THIRD_PARTY_NOTICES"), "utf8");
    assert.equal(text, noticesText());
  });

  it("names every package that is bundled", async () => {
    const named = NOTICES.map(({ npm }) => npm);
    const bundled = await bundledPackages();
    assert.ok(bundled.includes("preact"), "the bundles were looked at");
    assert.deepEqual(
      bundled.filter((name) => !named.includes(name)),
      [],
    );
  });
});
