import assert from "node:assert/strict";
import { ESLint } from "eslint";
import { ROOT } from "./support/host.ts";

interface Pattern {
  readonly regex: string;
  readonly allowTypeImports: boolean;
}

interface Config {
  readonly rules: Readonly<Record<string, readonly [number, { readonly patterns: Pattern[] }]>>;
}

const eslint = new ESLint({ cwd: ROOT });

/** What the linter says to an import of `source` in `file`: nothing, types only, or never. */
async function verdict(file: string, source: string): Promise<"free" | "types" | "never"> {
  const config = (await eslint.calculateConfigForFile(file)) as Config;
  const patterns = config.rules["@typescript-eslint/no-restricted-imports"]?.[1].patterns ?? [];
  const hits = patterns.filter(({ regex }) => new RegExp(regex, "u").test(source));
  if (hits.length === 0) return "free";
  return hits.every(({ allowTypeImports }) => allowTypeImports) ? "types" : "never";
}

const CASES = [
  ["engine/tape.ts", "vscode", "never"],
  ["engine/tape.ts", "../webview/protocol.ts", "never"],
  ["engine/tape.ts", "pyodide", "never"],
  ["engine/python/host.ts", "pyodide", "free"],
  ["engine/kernels/simd.ts", "../ops/index.ts", "never"],
  ["engine/ops/matmul.ts", "../kernels/kernels.ts", "free"],
  ["engine/ops/matmul.ts", "../python/bridge.ts", "never"],
  ["engine/measure/gradients.ts", "../rules/index.ts", "never"],
  ["engine/rules/vanishing.ts", "../tensor.ts", "never"],
  ["engine/rules/vanishing.ts", "../report.ts", "free"],
  ["engine/rules/vanishing.ts", "../analysis/ran.ts", "never"],
  ["engine/analysis/analyze.ts", "../rules/index.ts", "free"],
  ["engine/analysis/analyze.ts", "../room/run.ts", "never"],
  ["webview/main.tsx", "../engine/report.ts", "never"],
  ["webview/main.tsx", "vscode", "never"],
  ["webview/components/panel.tsx", "../protocol.ts", "types"],
  ["extension/analysis.ts", "../engine/client.ts", "free"],
  ["extension/analysis.ts", "../engine/report.ts", "types"],
  ["extension/analysis.ts", "../engine/index.ts", "never"],
  ["extension/serve.ts", "../webview/protocol.ts", "types"],
  ["extension/serve.ts", "../webview/state.ts", "never"],
  ["test/engine/random.test.ts", "vscode", "never"],
  ["test/extension/sample.test.ts", "vscode", "free"],
] as const;

describe("who may import whom", () => {
  for (const [file, source, expected] of CASES)
    it(`${file}: ${source} ${expected}`, async () => {
      assert.equal(await verdict(file, source), expected);
    });
});
