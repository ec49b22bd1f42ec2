/** `npm run pages`: writes the pages that are made from the code. test/pages.test.ts fails when one is stale. */
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./host.ts";
import { rulesPage } from "./pages/rules.ts";
import { schemaPage } from "./pages/schema.ts";
import { supportPage } from "./pages/support.ts";

/** What each generated page has to be. SUPPORT.md is asked of the built engine in dist/. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  "engine/rules/RULES.md": rulesPage,
  "engine/report.schema.json": schemaPage,
  "engine/python/SUPPORT.md": supportPage,
};

if (process.argv[1] === import.meta.filename)
  for (const [name, make] of Object.entries(PAGES))
    fs.writeFileSync(path.join(ROOT, name), await make());
