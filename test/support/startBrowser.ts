/** The end of `npm start` without a desktop VS Code: `startBrowser.ts VERSION FILE` serves one and prints its address. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { remoteUri, startHost, type HostVersion } from "./host.ts";
import { vsixPath } from "./workbench.ts";

const [version = "newest", file = ""] = process.argv.slice(2);
const token = randomBytes(12).toString("hex");
const host = await startHost({
  version: version as HostVersion,
  vsix: [vsixPath()],
  settings: { "workbench.colorTheme": "Default Dark Modern" },
  token,
});
const url = new URL(`http://127.0.0.1:${host.port}/`);
url.searchParams.set("tkn", token);
url.searchParams.set("folder", path.dirname(file));
url.searchParams.set("payload", JSON.stringify([["openFile", remoteUri(host, file)]]));
console.log(`\nVS Code with Chainrule is ready. Open this address in a browser; Ctrl+C ends it.\n`);
console.log(`  ${url.href}\n`);

const end = (): void => {
  void host.stop().then(() => process.exit(0));
};
process.once("SIGINT", end);
process.once("SIGTERM", end);
