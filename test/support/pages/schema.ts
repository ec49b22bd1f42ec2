/** engine/report.schema.json: JSON schema of what `chainrule analyze --json` prints, from engine/report.ts. */
import path from "node:path";
import { createGenerator } from "ts-json-schema-generator";
import { REPORT_VERSION } from "../../../engine/report.ts";
import { ROOT } from "../host.ts";

const ADDRESS = "https://github.com/chainrule/chainrule/blob/main/engine/report.schema.json";

/** The whole file. Two seconds: the types are checked anew. */
export function schemaPage(): string {
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
  return `${JSON.stringify(schema, null, 1)}\n`;
}
