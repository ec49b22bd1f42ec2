// Builds every bundle into dist/: `node esbuild.mjs [--production]`.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { build } from "esbuild";
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

mkdirSync("dist", { recursive: true });
rmSync("dist/webview", { recursive: true, force: true });
for (const name of readdirSync("dist")) if (name.endsWith(".map")) rmSync(`dist/${name}`);
for (const bundle of bundles) {
  const [entry] = bundle.entryPoints;
  if (production || existsSync(entry)) await build(bundle);
  else console.warn(`esbuild: ${entry} does not exist yet`);
}
writeFileSync("dist/pyodide.asm.wasm", pyodide.wasm);
cpSync("node_modules/pyodide/python_stdlib.zip", "dist/python_stdlib.zip");
packSitePackages();
execFileSync(
  process.execPath,
  [".build/snapshot.mjs", "dist", ...(production ? ["--strict"] : [])],
  {
    // Nothing of the building machine may get into the snapshot.
    env: {},
    stdio: "inherit",
  },
);
