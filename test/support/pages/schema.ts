/** engine/report.schema.json: JSON schema of what `chainrule analyze --json` prints, from engine/report.ts. */
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { createGenerator } from "ts-json-schema-generator";
import { REPORT_VERSION } from "../../../engine/report.ts";
import { ROOT } from "../host.ts";

const ADDRESS = "https://github.com/chainrule/chainrule/blob/main/engine/report.schema.json";

/** The whole file. */
export async function schemaPage(): Promise<string> {
  const generator = createGenerator({
    path: path.join(ROOT, "engine/report.ts"),
    tsconfig: path.join(ROOT, "engine/tsconfig.json"),
    type: "Report",
    skipTypeCheck: true,
    sortProps: true,
  });
  const schema = {
    $id: ADDRESS,
    title: `Chainrule's report, version ${REPORT_VERSION}`,
    ...generator.createSchema("Report"),
  };
  const file = path.join(ROOT, "engine/report.schema.json");
  return format(JSON.stringify(schema), { ...(await resolveConfig(file)), filepath: file });
}
