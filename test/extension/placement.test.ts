import assert from "node:assert/strict";
import { FilePlacement, mapLines, Placement } from "../../extension/placement.ts";
import type { Span } from "../../engine/report.ts";

const BEFORE = `import torch
class Net(nn.Module):
    def __init__(self):
        self.a = nn.Linear(8, 8)
        self.b = nn.Sequential(
            nn.Linear(8, 8),
            nn.Sigmoid(),
        )
`;
/** `nn.Linear(8, 8)` of line 4. */
const A: Span = { file: "m.py", startLine: 4, startColumn: 17, endLine: 4, endColumn: 32 };
/** `nn.Sequential(…)` of lines 5 to 8. */
const B: Span = { file: "m.py", startLine: 5, startColumn: 17, endLine: 8, endColumn: 9 };

/** The text at the span's place after the edit; undefined: dropped. */
function textAt(after: string, span: Span): string | undefined {
  const now = new FilePlacement(BEFORE, after).place(span);
  if (!now) return undefined;
  const lines = after.split("\n").slice(now.startLine - 1, now.endLine);
  lines[lines.length - 1] = (lines.at(-1) ?? "").slice(0, now.endColumn);
  lines[0] = (lines[0] ?? "").slice(now.startColumn);
  return lines.map((line) => line.trim()).join(" ");
}

function checkKept(after: string): void {
  assert.equal(textAt(after, A), "nn.Linear(8, 8)");
  assert.equal(textAt(after, B), "nn.Sequential( nn.Linear(8, 8), nn.Sigmoid(), )");
}

describe("placement in edited text", () => {
  it("keeps places of an unchanged text", () => {
    checkKept(BEFORE);
    assert.equal(new FilePlacement(BEFORE, BEFORE).changed, false);
  });

  it("follows lines that move down, up and aside", () => {
    checkKept(`# a comment\n\n${BEFORE}`);
    checkKept(BEFORE.replace("import torch\n", ""));
    checkKept(BEFORE.replaceAll(/^ {4}/gm, "  "));
    checkKept(`if True:\n${BEFORE.replaceAll(/^/gm, "    ")}`);
    checkKept(BEFORE.replaceAll("\n", "\r\n"));
  });

  it("follows lines between two edits", () => {
    checkKept(`# one\n${BEFORE}# two\n`);
    checkKept(BEFORE.replace("import torch", "import torch.nn as nn").replace(/$/, "x = 1\n"));
  });

  it("keeps places beside a line break", () => {
    checkKept(BEFORE.replace("8, 8)\n        self.b", "8, 8)\n        \n        self.b"));
  });

  it("drops a place whose own lines were edited, and no other", () => {
    const other = BEFORE.replace("self.a = nn.Linear(8, 8)", "self.a = nn.Linear(8, 9)");
    assert.equal(textAt(other, A), undefined);
    assert.ok(textAt(other, B));
    const inside = BEFORE.replace("nn.Sigmoid()", "nn.GELU()");
    assert.equal(textAt(inside, B), undefined);
    assert.ok(textAt(inside, A));
    assert.equal(textAt(BEFORE.replace("nn.Sigmoid(),", "nn.Sigmoid(),\n# here"), B), undefined);
    assert.equal(textAt("", A), undefined);
  });

  it("maps a longest common sequence", () => {
    const map = mapLines(["a", "b", "c", "d", "e"], ["x", "b", "y", "d", "z"]);
    assert.deepEqual([...map], [-1, 1, -1, 3, -1]);
  });

  it("gives up on the middle of a text that is too large to compare, not on its ends", () => {
    const many = (tag: string): string[] => Array.from({ length: 3000 }, (_, i) => `${tag}${i}`);
    const map = mapLines(["top", ...many("a"), "end"], ["top", ...many("b"), "more", "end"]);
    assert.deepEqual([map[0], map[1], map[3001]], [0, -1, 3002]);
  });

  it("is stale while the text differs, and fresh again after undo", () => {
    let now = { version: 1, text: BEFORE };
    const placement = new Placement({ "m.py": BEFORE, "lib.py": "x = 1" }, (path) =>
      path === "m.py" ? now : undefined,
    );
    assert.equal(placement.stale, false);
    now = { version: 2, text: BEFORE.replace("8, 8", "8, 9") };
    assert.equal(placement.stale, true);
    assert.equal(placement.place(A), undefined);
    now = { version: 3, text: BEFORE };
    assert.equal(placement.stale, false);
    assert.deepEqual(placement.place(A), A);
  });

  it("knows no place in files that were not part of the run", () => {
    assert.equal(new Placement({}, () => undefined).place(A), undefined);
  });
});

/** Length of the longest common subsequence, by the table of all prefixes. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const next = [0];
    b.forEach((other, j) => {
      next.push(line === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    });
    row = next;
  }
  return row[b.length] ?? 0;
}

describe("lines before and after an edit", () => {
  it("match as many as the best pairing in order does", () => {
    let seed = 7;
    const draw = (most: number): number => {
      seed = (1103515245 * seed + 12345) % 2 ** 31;
      return (seed >> 8) % most;
    };
    const lines = (): string[] => Array.from({ length: draw(14) }, () => "abcd".charAt(draw(4)));
    for (let tries = 0; tries < 400; tries++) {
      const [before, after] = [lines(), lines()];
      const map = mapLines(before, after);
      const pairs = [...map].flatMap((j, i) => (j < 0 ? [] : [[i, j] as const]));
      const told = `${before.join("")} → ${after.join("")}`;
      assert.equal(pairs.length, common(before, after), told);
      pairs.forEach(([i, j], n) => {
        assert.equal(before[i], after[j], told);
        assert.ok(j > (pairs[n - 1]?.[1] ?? -1), told);
      });
    }
  });

  it("are found where a very long file is edited at both ends", () => {
    // Who compares each line with each is at it for minutes.
    const before = Array.from({ length: 300_000 }, (_, i) => `line ${i % 700}`);
    const after = ["first", ...before.slice(0, -1), "last"];
    assert.equal(mapLines(before, after)[1500], 1501);
  });
});
