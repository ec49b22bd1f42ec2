/**
 * `npm run bench:editor`, inside a real VS Code: what activation takes of the extension host's thread; what the providers take on a
 * file of 2000 lines with 200 layers, as VS Code asks them, how long marks stand in the old place after a keystroke (minimum and
 * median); and what runs leave behind in the extension host. The titles carry the figures.
 */
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as vscode from "vscode";
import { analyze, diagnostics, open } from "../editor.ts";

const LAYERS = 200;
const LINES = 2000;
const TIMES = 15;
const RUNS = 25;
/** Runs after which all that is made once is there: caches, the runs that can be compared. */
const SETTLED = 10;

const numbered = (line: (i: number) => string): string =>
  Array.from({ length: LAYERS }, (_, i) => line(i)).join("");

/** Sigmoids without an end, so that there is something to mark. */
const MODEL = `import torch
from torch import nn


# chainrule: Net(), input=(8, 16), loss=cross_entropy(16)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
${numbered((i) => `        self.fc${i} = nn.Linear(16, 16)\n`)}
    def forward(self, x):
${numbered((i) => `        x = torch.sigmoid(self.fc${i}(x))\n`)}        return x


`;
const TEXT = MODEL + "# what else the file holds\n".repeat(LINES - MODEL.split("\n").length);

const sorted = (times: readonly number[]): number[] => [...times].sort((a, b) => a - b);

/** `1 / 2`: the least and the median of these, ms. */
async function figures(once: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const start = performance.now();
    await once();
    times.push(performance.now() - start);
  }
  const [least = NaN] = sorted(times);
  return `${least.toFixed(1)} / ${(sorted(times)[TIMES >> 1] ?? NaN).toFixed(1)} ms`;
}

describe("activation", () => {
  it("takes of the extension host's thread", async function () {
    const extension = vscode.extensions.getExtension("chainrule.chainrule");
    if (extension?.isActive !== false) throw new Error("active without a Python file");
    const before = performance.eventLoopUtilization();
    await extension.activate();
    const { active } = performance.eventLoopUtilization(before);
    if (this.test) this.test.title += `: ${active.toFixed(0)} ms`;
  });
});

describe(`a file of ${LINES} lines with ${LAYERS} layers`, () => {
  let editor: vscode.TextEditor;
  let uri: vscode.Uri;

  before(async function () {
    this.timeout(120_000);
    editor = await open("long.py", TEXT);
    ({ uri } = editor.document);
    const report = await analyze(uri);
    if (report?.layers.length !== 2 * LAYERS) throw new Error("the model was not run");
  });

  const asked = (name: string, ask: () => Thenable<unknown>): void => {
    it(name, async function () {
      const told = await figures(async () => ask());
      if (this.test) this.test.title += `: ${told}`;
    });
  };
  const keystroke = (): Thenable<boolean> =>
    editor.edit((edit) => edit.insert(new vscode.Position(2, 0), "#\n"));

  asked("all code lenses", () =>
    vscode.commands.executeCommand("vscode.executeCodeLensProvider", uri),
  );
  asked("all inlay hints", () =>
    vscode.commands.executeCommand(
      "vscode.executeInlayHintProvider",
      uri,
      new vscode.Range(0, 0, LINES, 0),
    ),
  );
  asked("a hover over a layer", () =>
    vscode.commands.executeCommand("vscode.executeHoverProvider", uri, new vscode.Position(10, 25)),
  );
  asked("the light bulb on a finding", () =>
    vscode.commands.executeCommand(
      "vscode.executeCodeActionProvider",
      uri,
      diagnostics(uri)[0]?.range ?? new vscode.Range(0, 0, 0, 0),
    ),
  );
  asked("a new line above all", keystroke);

  it("from a new line until the diagnostics stand below it", async function () {
    const told = await figures(async () => {
      const moved = new Promise<void>((resolve) => {
        const listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
          if (!uris.some((each) => each.toString() === uri.toString())) return;
          listener.dispose();
          resolve();
        });
      });
      await keystroke();
      await moved;
    });
    if (this.test) this.test.title += `: ${told}`;
  });
});

describe(`${RUNS} runs of a changing file`, () => {
  it("leave in the extension host", async function () {
    this.timeout(300_000);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const held = (): number => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return (heapUsed + external) / 2 ** 20;
    };
    const { document } = await open("sample.py");
    let settled = NaN;
    for (let i = 1; i <= RUNS; i++) {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(document.lineCount, 0), `\nCOUNT = ${i}\n`);
      await vscode.workspace.applyEdit(edit);
      if (!(await analyze(document.uri))) throw new Error("the sample was not run");
      if (i === SETTLED) settled = held();
    }
    const last = held();
    const grown = `${settled.toFixed(1)} MiB after ${SETTLED}, ${last.toFixed(1)} MiB after ${RUNS}`;
    if (this.test) this.test.title += `: ${grown}`;
  });
});
