import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ROOT } from "./host.ts";

const made: string[] = [];
process.once("exit", () => {
  for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
});

/**
 * A new temporary folder with extension/media/sample.py, what test/extension/workspace/ holds, and
 * `files`. It is gone when the process ends.
 */
export function makeWorkspace(files: Readonly<Record<string, string>> = {}): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "chainrule-workspace-"));
  made.push(folder);
  const shared = path.join(ROOT, "test/extension/workspace");
  fs.copyFileSync(path.join(ROOT, "extension/media/sample.py"), path.join(folder, "sample.py"));
  if (fs.existsSync(shared)) fs.cpSync(shared, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}
