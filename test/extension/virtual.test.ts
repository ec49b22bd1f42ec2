/** Files that lie on no disk: a file system of an extension, and texts without a file. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { analyze, codeOf, diagnostics, lenses } from "./editor.ts";

const MODEL = `from torch import nn
from parts import WIDTH


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(WIDTH, 4)

    def forward(self, x):
        return self.fc(x)
`;

/** A folder in memory that is only read. */
class Memory implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  readonly #files: ReadonlyMap<string, string>;

  constructor(files: Readonly<Record<string, string>>) {
    this.#files = new Map(Object.entries(files));
  }
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }
  stat({ path }: vscode.Uri): vscode.FileStat {
    const text = this.#files.get(path);
    const isFolder = [...this.#files.keys()].some((each) => each.startsWith(`${path}/`));
    if (text === undefined && !isFolder && path !== "/")
      throw vscode.FileSystemError.FileNotFound();
    const type = text === undefined ? vscode.FileType.Directory : vscode.FileType.File;
    return { type, ctime: 0, mtime: 0, size: text?.length ?? 0 };
  }
  readDirectory({ path }: vscode.Uri): [string, vscode.FileType][] {
    const within = path === "/" ? path : `${path}/`;
    return [...this.#files.keys()]
      .filter((each) => each.startsWith(within) && !each.slice(within.length).includes("/"))
      .map((each) => [each.slice(within.length), vscode.FileType.File]);
  }
  readFile({ path }: vscode.Uri): Uint8Array {
    const text = this.#files.get(path);
    if (text === undefined) throw vscode.FileSystemError.FileNotFound();
    return new TextEncoder().encode(text);
  }
  writeFile(): void {
    throw vscode.FileSystemError.NoPermissions();
  }
  createDirectory(): void {
    throw vscode.FileSystemError.NoPermissions();
  }
  delete(): void {
    throw vscode.FileSystemError.NoPermissions();
  }
  rename(): void {
    throw vscode.FileSystemError.NoPermissions();
  }
}

describe("files that lie on no disk", () => {
  const subscriptions: vscode.Disposable[] = [];
  before(async () => {
    await vscode.extensions.getExtension("chainrule.chainrule")?.activate();
    const files = {
      "/m/net.py": MODEL,
      "/m/parts.py": "WIDTH = 6\n",
      "/m/broken.py": "import helper\n",
      "/m/helper.py": 'raise ValueError("in memory")\n',
    };
    subscriptions.push(
      vscode.workspace.registerFileSystemProvider("memory", new Memory(files), {
        isReadonly: true,
      }),
    );
  });
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    for (const each of subscriptions) each.dispose();
  });

  const openUri = async (uri: vscode.Uri): Promise<vscode.Uri> => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    return uri;
  };

  it("are run with what they import from the same file system", async () => {
    const uri = await openUri(vscode.Uri.parse("memory:/m/net.py"));
    const report = await analyze(uri);
    assert.deepEqual(report?.parameters[0]?.shape, [4, 6]);
    assert.match((await lenses(uri)).join(), /Net\(\)/);
  });

  it("carry the findings of what they import", async () => {
    await analyze(await openUri(vscode.Uri.parse("memory:/m/broken.py")));
    const [found] = diagnostics(vscode.Uri.parse("memory:/m/helper.py"));
    assert.ok(found);
    assert.equal(codeOf(found), "python-error");
    assert.match(found.message, /in memory/);
  });

  it("need not be saved", async () => {
    const content = MODEL.replace("from parts import WIDTH", "WIDTH = 5");
    const document = await vscode.workspace.openTextDocument({ language: "python", content });
    await vscode.window.showTextDocument(document);
    assert.ok(document.isUntitled);
    const report = await analyze(document.uri);
    assert.deepEqual(report?.parameters[0]?.shape, [4, 5]);
  });
});
