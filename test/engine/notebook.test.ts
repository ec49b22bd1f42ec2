/** Notebooks as Python sources, and places of a report in their cells. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cellMagic, plainLines } from "../../engine/sources/magics.ts";
import { joinNotebook, readNotebook, type Cell } from "../../engine/sources/notebook.ts";
import type { Finding, Report, Span } from "../../engine/report.ts";
import { english, inMessage, said } from "../../engine/said.ts";

const PATH = "/w/net.ipynb";
const code = (text: string, language = "python"): Cell => ({ isCode: true, language, text });
const note = (text: string): Cell => ({ isCode: false, language: "markdown", text });

/** A notebook file as Jupyter writes it. */
const file = (cells: readonly object[], metadata: object = {}): string =>
  JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });

const span = (
  startLine: number,
  startColumn: number,
  endLine: number,
  endColumn: number,
): Span => ({
  file: `${PATH}.py`,
  startLine,
  startColumn,
  endLine,
  endColumn,
});

/** What becomes of one finding of the joined source. */
function mapped(cells: readonly Cell[], at: Span, message = ""): { at: Span; message: string } {
  const finding = { at, message, related: [{ at, text: "" }] };
  const report = { findings: [finding] } as unknown as Report;
  const [found] = joinNotebook(PATH, cells).toCells(report).findings;
  assert.deepEqual(found?.related?.[0]?.at, found?.at);
  return found as Finding;
}

const source = (cells: readonly Cell[]): string => {
  const joined = joinNotebook(PATH, cells);
  return joined.sources[joined.file] ?? "";
};

describe("IPython's commands", () => {
  const kept: readonly string[] = [
    "x = a % b",
    "print('100%')",
    "y = 1 if a else 2",
    "f'{a!r}'",
    "if a != b: pass",
    "matrix @ other",
  ];
  for (const line of kept)
    it(`leave Python alone: ${line}`, () => assert.deepEqual(plainLines([line]), [line]));

  const cases: readonly (readonly [string, string])[] = [
    ["%matplotlib inline", "pass"],
    ["    !pip install x", "    pass"],
    ["files = !ls", "files = []"],
    ["net?", "pass"],
    ["nn.Linear??", "pass"],
    ["?net", "pass"],
    ["pip install torch", "pass"],
    ["%time y = f(x)", "if 1: y = f(x)"],
    ["%timeit -n 10 f(x)", "if         1: f(x)"],
    ["y = %time f(x)", "y =       f(x)"],
    ["%run lib/tools.py --fast", "from lib.tools import *"],
    [
      "%pylab inline",
      "import numpy; import numpy as np; from matplotlib import pyplot as plt; from numpy import *",
    ],
  ];
  for (const [line, python] of cases)
    it(`become Python: ${line}`, () => assert.deepEqual(plainLines([line]), [python]));

  it("are told from what stands in strings and brackets", () => {
    const lines = [
      'print("%d"',
      "  % (a,",
      "!b))",
      "'''",
      "%not magic",
      "'''",
      "x = 1 \\",
      "  % 2",
    ];
    assert.deepEqual(plainLines(lines), lines);
  });

  it("go on after a backslash", () => {
    assert.deepEqual(plainLines(["!pip install \\", "  torch", "x = 1"]), ["pass", "", "x = 1"]);
  });

  it("of a whole cell run its body, skip it, or write a file", () => {
    assert.deepEqual(cellMagic(["", "%%time", "f()"]), { kind: "run" });
    assert.deepEqual(cellMagic(["%%bash", "ls"]), { kind: "skip" });
    assert.deepEqual(cellMagic(["%%writefile -a ./a/b.py", "x"]), {
      kind: "write",
      path: "a/b.py",
      isAppended: true,
      line: 0,
    });
    assert.equal(cellMagic(["x = 1", "%%time"]), undefined);
  });
});

describe("a notebook", () => {
  it("is read from formats 4 and 3", () => {
    const four = file([
      { cell_type: "markdown", source: "# a" },
      { cell_type: "code", source: ["x = 1\n", "y = 2"], metadata: {} },
      { cell_type: "code", source: "ls", metadata: { vscode: { languageId: "shellscript" } } },
    ]);
    assert.deepEqual(readNotebook(PATH, four), [
      note("# a"),
      code("x = 1\ny = 2"),
      code("ls", "shellscript"),
    ]);
    const three = JSON.stringify({
      worksheets: [{ cells: [{ cell_type: "code", language: "python", input: "x = 1" }] }],
    });
    assert.deepEqual(readNotebook(PATH, three), [code("x = 1")]);
  });

  it("is refused where it is none, or of another language", () => {
    assert.throws(() => readNotebook(PATH, "{"), /is no notebook: it is not JSON/);
    assert.throws(() => readNotebook(PATH, "{}"), /is no notebook: it has no cells/);
    const julia = file([{ cell_type: "code", source: "x", metadata: {} }], {
      kernelspec: { language: "julia" },
    });
    assert.throws(() => joinNotebook(PATH, readNotebook(PATH, julia)), /julia cells/);
  });

  it("keeps the lines of its Python cells and nothing else", () => {
    const cells = [note("# a"), code("x = 1\n%cd ..\n"), code("ls", "shellscript"), code("y = 2")];
    assert.equal(source(cells), "\nx = 1\npass\n\npass\ny = 2\npass\n");
  });

  it("begins with what holds for all of it", () => {
    const text = source([code("from __future__ import annotations\nimport a"), code("display(1)")]);
    const [first, second] = text.split("\n");
    assert.equal(first, "from __future__ import annotations; from IPython.display import display");
    assert.equal(second, "pass");
  });

  it("gives a cell that is left open its own error", () => {
    const text = source([code("if True:\n  # nothing"), code("y = 2")]);
    const check = `import sys
try: compile(sys.stdin.read(), "net.py", "exec")
except SyntaxError as e: print(e.lineno)`;
    const line = Number(execFileSync("python3", ["-c", check], { input: text }).toString());
    const { at } = mapped([code("if True:\n  # nothing"), code("y = 2")], span(line, 0, line, 4));
    assert.deepEqual(at, { ...at, file: `${PATH}#cell-1`, startLine: 2, startColumn: 2 });
    assert.deepEqual([at.endLine, at.endColumn], [2, 11]);
  });

  it("gets its report in terms of cells", () => {
    const cells = [note("# a"), code("x = 1"), code("\ny = f(\n  2)")];
    const { at, message } = mapped(
      cells,
      span(5, 4, 6, 4),
      "TypeError in line 5: no (net.ipynb.py, line 6)",
    );
    assert.deepEqual(at, {
      file: `${PATH}#cell-3`,
      startLine: 2,
      startColumn: 4,
      endLine: 3,
      endColumn: 4,
    });
    assert.equal(message, "TypeError in line 2 of cell 3: no (cell 3, line 3)");
    const whole = mapped(cells, span(1, 0, 1, 0)).at;
    assert.deepEqual([whole.file, whole.startLine], [`${PATH}#cell-2`, 1]);
  });

  it("gets the sentences that are translated in terms of cells as well", () => {
    const finding = inMessage(said`the command line's default${said`, line ${5}`}`);
    const report = { findings: [finding] } as unknown as Report;
    const cells = [note("# a"), code("x = 1"), code("\ny = f(\n  2)")];
    const [found] = joinNotebook(PATH, cells).toCells(report).findings;
    assert.equal(found?.message, "the command line's default, line 2 of cell 3");
    assert.equal(found.said && english(found.said), found.message);
  });

  it("brings the files that its cells write, with their places", () => {
    const cells = [code("%%writefile lib/net.py\nimport a\n"), code("import lib.net")];
    const joined = joinNotebook(PATH, cells);
    assert.equal(joined.sources["/w/lib/net.py"], "import a\n\n");
    const at = { ...span(1, 0, 1, 8), file: "/w/lib/net.py" };
    const here = mapped(cells, at).at;
    assert.deepEqual([here.file, here.startLine, here.endColumn], [`${PATH}#cell-1`, 2, 8]);
  });

  it("is run without a cell that stops it, and what only defines after it", () => {
    const define = "import a\n@b\nclass C(\n    d):\n  e = 1";
    const cells = [code("x = 1"), note("# a"), code("y ="), code("z = 3"), code(define)];
    const stop = { code: "python-error", at: span(5, 0, 5, 3), message: "SyntaxError: no." };
    const report = { subject: null, findings: [stop] } as unknown as Report;
    const before = joinNotebook(PATH, cells).before(report);
    assert.equal(before?.sources[`${PATH}.py`], `\nx = 1\npass\n${define}\npass\n`);
    const ran = { subject: {}, findings: [] } as unknown as Report;
    const [told, ...rest] = before?.toCells(ran).findings ?? [];
    assert.deepEqual(rest, []);
    const again = { ...stop, at: span(4, 0, 4, 5) };
    const second = before?.before({ subject: null, findings: [again] } as unknown as Report);
    assert.equal(second?.sources[`${PATH}.py`], "\nx = 1\npass\n");
    const files = second?.toCells(ran).findings.map(({ at }) => at.file.split("#")[1]);
    assert.deepEqual(files, ["cell-5", "cell-3"]);
    assert.equal(told?.at.file, `${PATH}#cell-3`);
    assert.equal(
      told?.message,
      "SyntaxError: no. The cells before this one and the definitions after it were analyzed.",
    );
  });

  it("cells that show a name before it is there are left out, all others run", () => {
    const cells = ["x = 1", "P.shape", "P.sum(1, keepdim=True)", "x", "P = x", "P.backward()"];
    const stop = {
      code: "python-error",
      severity: "error",
      at: span(4, 0, 4, 1),
      message: "NameError: name 'P' is not defined",
    };
    const report = { subject: null, findings: [stop] } as unknown as Report;
    const before = joinNotebook(
      PATH,
      cells.map((text) => code(text)),
    ).before(report);
    assert.equal(
      before?.sources[`${PATH}.py`],
      "\nx = 1\npass\nx\npass\nP = x\npass\nP.backward()\npass\n",
    );
    const ran = { subject: {}, findings: [] } as unknown as Report;
    const [told] = before?.toCells(ran).findings ?? [];
    assert.deepEqual([told?.severity, told?.at.file], ["information", `${PATH}#cell-2`]);
  });

  it("is not run again where nothing stands before, or something ran", () => {
    const joined = joinNotebook(PATH, [code("x ="), code("y = 2")]);
    const stop = { code: "python-error", at: span(2, 0, 2, 3), message: "" };
    const first = { subject: null, findings: [stop] } as unknown as Report;
    assert.equal(joined.before(first), undefined);
    const later = { ...stop, at: span(4, 0, 4, 5) };
    const ran = { subject: {}, findings: [later] } as unknown as Report;
    assert.equal(joined.before(ran), undefined);
    assert.ok(joined.before({ subject: null, findings: [later] } as unknown as Report));
  });

  it("leaves the places of other files alone", () => {
    const at = { ...span(3, 0, 3, 4), file: "/w/other.py" };
    assert.deepEqual(mapped([code("x = 1")], at).at, at);
  });
});
