import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Forbids imports that match `ban` in `files`; with `typesOnly`, `import type` stays allowed. */
const layer = (files, bans) => ({
  files: [files],
  rules: {
    "@typescript-eslint/no-restricted-imports": [
      "error",
      {
        patterns: bans.map(({ ban, why, typesOnly = false }) => ({
          regex: ban,
          message: why,
          allowTypeImports: typesOnly,
        })),
      },
    ],
  },
});

const ENGINE_BAN = {
  ban: "^vscode$|/(extension|webview)/",
  why: "engine/ knows neither the editor nor the panel",
};

/** Inside the engine, from the bottom up: each folder may import itself and what stands left of it. */
const ENGINE_ORDER = [
  "kernels",
  "ops",
  "measure",
  "python",
  "subject",
  "rules",
  "fixes",
  "analysis",
  "room",
];

const engineLayers = ENGINE_ORDER.map((name, i) =>
  layer(`engine/${name}/**/*.ts`, [
    ENGINE_BAN,
    {
      ban: `\\.\\./(${[...ENGINE_ORDER.slice(i + 1), "index"].join("|")})(/|\\.ts$)`,
      why: `engine/${name}/ stands below: ${ENGINE_ORDER.join(" ← ")} ← index`,
    },
    ...(name === "python"
      ? []
      : [{ ban: "^pyodide", why: "only engine/python/host.ts imports pyodide" }]),
    ...(name === "rules"
      ? [
          {
            ban: "/(tensor|tape|op)\\.ts$|/(kernels|ops)/",
            why: "rules see a Report, never a tensor",
          },
        ]
      : []),
  ]),
);

export default defineConfig(
  { ignores: ["dist", ".build", ".vscode-host", "engine/kernels/assembly", "engine/**/*.d.ts"] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-console": "error",
      eqeqeq: "error",
      // The flag noUnusedLocals of tsc says the same, and knows a leading underscore.
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    rules: {
      eqeqeq: "error",
      "no-unused-vars": "error",
      "prefer-const": "error",
      "no-var": "error",
    },
  },
  { files: ["engine/cli.ts", "engine/cli/**", "test/**"], rules: { "no-console": "off" } },
  layer("engine/**/*.ts", [
    ENGINE_BAN,
    { ban: "^pyodide", why: "only engine/python/ imports pyodide" },
  ]),
  ...engineLayers,
  layer("webview/**/*.{ts,tsx}", [
    { ban: "^vscode$|/(engine|extension)/", why: "webview/ sees only webview/protocol.ts" },
    { ban: "/protocol(\\.ts)?$", why: "protocol.ts is types only", typesOnly: true },
  ]),
  layer("test/!(extension)/**/*.ts", [
    { ban: "^vscode$", why: "VS Code appears in test/extension/ only" },
  ]),
  layer("extension/**/*.ts", [
    { ban: "/engine/(?!(client|report)(\\.ts)?$)", why: "go through engine/client.ts" },
    { ban: "/engine/report(\\.ts)?$", why: "report.ts gives types", typesOnly: true },
    { ban: "/webview/(?!protocol(\\.ts)?$)", why: "webview/ is reached by its protocol alone" },
    { ban: "/webview/protocol(\\.ts)?$", why: "protocol.ts is types only", typesOnly: true },
  ]),
);
