/** A result as files: the chart as SVG or PNG, the data as JSON or CSV, the run as a script for PyTorch. */
import { Uri, window, workspace } from "vscode";
import type { Report } from "../engine/report.ts";
import type { Requests } from "../webview/protocol.ts";
import { csv } from "./csv.ts";
import type { Target } from "./target.ts";
import { baseName } from "./words.ts";

type Kind = "svg" | "png" | "json" | "csv" | "py";

export function savePicture(
  target: Target,
  { kind, content }: Requests["save"]["params"],
): Promise<void> {
  const bytes = Buffer.from(content, kind === "png" ? "base64" : "utf8");
  return save(target, kind, bytes);
}

export function saveData(target: Target, kind: "json" | "csv", report: Report): Promise<void> {
  const text = kind === "json" ? `${JSON.stringify(report, null, 2)}\n` : csv(report);
  return save(target, kind, Buffer.from(text, "utf8"));
}

/** `text` of a script that will stand in a folder. */
export function saveScript(
  target: Target,
  text: (folder: string) => Promise<string>,
): Promise<void> {
  return save(target, "py", async (chosen) =>
    Buffer.from(await text(Uri.joinPath(chosen, "..").path), "utf8"),
  );
}

/** Beside the analysed file, under a name that the user can change. */
async function save(
  { uri }: Target,
  kind: Kind,
  content: Uint8Array | ((chosen: Uri) => Promise<Uint8Array>),
): Promise<void> {
  const stem = baseName(uri.path).replace(/\.\w+$/, "");
  const folder = uri.path.startsWith("/")
    ? Uri.joinPath(uri, "..")
    : workspace.workspaceFolders?.[0]?.uri;
  const chosen = await window.showSaveDialog({
    ...(folder && { defaultUri: Uri.joinPath(folder, `${stem}.gradients.${kind}`) }),
    filters: { [kind.toUpperCase()]: [kind] },
  });
  if (!chosen) return;
  const bytes = typeof content === "function" ? await content(chosen) : content;
  await workspace.fs.writeFile(chosen, bytes);
}
