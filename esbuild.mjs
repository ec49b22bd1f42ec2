// Builds every bundle into dist/: `node esbuild.mjs [--production]`.
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { build } from "esbuild";
import { calledIn, withHints } from "./engine/python/hints.mjs";
import { trimPyodide } from "./engine/python/trim.mjs";

const production = process.argv.includes("--production");
const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  legalComments: "none",
  logLevel: "warning",
  jsx: "automatic",
  jsxImportSource: "preact",
};
const node = { ...shared, platform: "node", target: "node20" };

const pyodide = trimPyodide("node_modules/pyodide");

/** What stands in the room's bundle: nothing that could import at run time. */
const room = {
  ...shared,
  sourcemap: false,
  entryPoints: ["engine/room/room.ts"],
  outfile: "dist/room.js",
  format: "iife",
  globalName: "room",
  // The script's value is the room; no global name leads to it.
  banner: { js: "(() => {" },
  footer: { js: "return room.room; })()" },
  platform: "browser",
  target: "es2022",
  external: ["node:*", "ws"],
  plugins: [
    {
      name: "trimmed-pyodide",
      setup: ({ onLoad }) =>
        onLoad({ filter: /pyodide\.asm\.mjs$/ }, () => ({ contents: pyodide.script })),
    },
  ],
  define: { "import.meta.url": '"pyodide.asm.mjs"' },
  supported: { "dynamic-import": false },
};

const bundles = [
  room,
  {
    ...node,
    entryPoints: ["engine/worker.ts"],
    outfile: "dist/worker.cjs",
    format: "cjs",
    banner: { js: '"use strict";' },
  },
  {
    ...node,
    entryPoints: ["engine/doors/helper.ts"],
    outfile: "dist/helper.cjs",
    format: "cjs",
    banner: { js: '"use strict";' },
  },
  {
    ...node,
    entryPoints: ["engine/doors/snapshot.ts"],
    outfile: ".build/snapshot.mjs",
    format: "esm",
  },
  {
    ...node,
    entryPoints: ["extension/main.ts"],
    outfile: "dist/extension.cjs",
    format: "cjs",
    external: ["vscode"],
  },
  {
    ...node,
    entryPoints: ["engine/cli.ts"],
    outfile: "dist/cli.js",
    format: "esm",
    banner: { js: "#!/usr/bin/env node" },
  },
  {
    ...shared,
    entryPoints: ["webview/main.tsx"],
    outfile: "dist/webview/main.js",
    format: "iife",
    platform: "browser",
    target: "es2022",
  },
];

/** Our Python packages: text by path below `site-packages`, and the paths alone, which most runs need no more of. */
function packSitePackages() {
  const root = "engine/python/site-packages";
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".py"))
    .sort();
  const texts = files.map((path) => [path, readFileSync(`${root}/${path}`, "utf8")]);
  writeFileSync("dist/site-packages.json", JSON.stringify(Object.fromEntries(texts)));
  writeFileSync("dist/site-packages-names.txt", files.join("\n"));
}

/** The marketplace's page. Its pictures come from the repository: vsce rewrites `<img src>`, and nothing else. */
function packReadme() {
  writeFileSync(
    "dist/README.md",
    readFileSync("README.md", "utf8").replace(/^ *<source .*\n/gm, ""),
  );
}

/** A script in ASCII: V8 keeps it a byte to the character, and nobody decodes it. Such characters stand in literals alone. */
function escapeText(path) {
  const escape = (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  writeFileSync(path, readFileSync(path, "utf8").replace(/[^\0-\x7f]/g, escape));
}

/** CPython's functions that an analysis of the walkthrough's sample calls. */
function calledBySample() {
  const args = [
    "--trace-wasm-compilation-times",
    "dist/cli.js",
    "analyze",
    "extension/media/sample.py",
    "--no-fixes",
  ];
  // Into a file: V8 prints past Node, and a pipe that is full for a moment would lose lines.
  const trace = openSync(".build/called.txt", "w");
  const env = { XDG_CACHE_HOME: ".build/cache" };
  const { status } = spawnSync(process.execPath, args, {
    env,
    stdio: ["ignore", trace, "inherit"],
  });
  closeSync(trace);
  const called = calledIn(readFileSync(".build/called.txt", "utf8"));
  // 1: with findings, of which the sample has some.
  if (status !== 1 || called.size === 0) throw new Error(`the sample could not be run: ${status}`);
  return called;
}

mkdirSync("dist", { recursive: true });
rmSync("dist/webview", { recursive: true, force: true });
for (const name of readdirSync("dist")) if (name.endsWith(".map")) rmSync(`dist/${name}`);
for (const bundle of bundles) {
  const [entry] = bundle.entryPoints;
  if (production || existsSync(entry)) await build(bundle);
  else console.warn(`esbuild: ${entry} does not exist yet`);
}
escapeText("dist/room.js");
writeFileSync("dist/pyodide.asm.wasm", pyodide.wasm);
cpSync("node_modules/pyodide/python_stdlib.zip", "dist/python_stdlib.zip");
packSitePackages();
packReadme();
execFileSync(
  process.execPath,
  [".build/snapshot.mjs", "dist", ...(production ? ["--strict"] : [])],
  {
    // Nothing of the building machine may get into the snapshot.
    env: {},
    stdio: "inherit",
  },
);
writeFileSync("dist/pyodide.asm.wasm", withHints(pyodide.wasm, calledBySample()));
