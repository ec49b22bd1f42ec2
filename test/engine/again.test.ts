/** A report that is known: what costs no new run, and where its places then stand. */
import assert from "node:assert/strict";
import { KnownReports } from "../../engine/sources/again.ts";
import { Engine } from "../../engine/client.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Report, Span } from "../../engine/report.ts";
import { tokensOf } from "../../engine/sources/tokens.ts";
import { DIST } from "../hostile/room.ts";

const MODEL = `from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)  # the only layer

    def forward(self, x):
        """Two numbers."""
        return self.fc(x)


def unused():
    return f"{[c for c in "#a"]}" '# no comment'
`;

const request = (text: string, more: Partial<AnalyzeRequest> = {}): AnalyzeRequest => ({
  ...{ file: "a.py", sources: { "a.py": text }, roots: [], ...more },
});

const at = (text: string, part: string): Span => {
  const index = text.indexOf(part);
  const line = text.slice(0, index).split("\n").length;
  const column = index - text.lastIndexOf("\n", index - 1) - 1;
  const end = { endLine: line, endColumn: column + part.length };
  return { file: "a.py", startLine: line, startColumn: column, ...end };
};

const LAYER = "nn.Linear(4, 2)";

const NOTHING = { idle: [], unmeasured: [], found: null };

const noneToAsk = (): Promise<boolean> => assert.fail("nothing was left to be compiled");

/** What is known of MODEL when `text` stands in its place: where the layer is told to stand. */
async function known(text: string, more: Partial<AnalyzeRequest> = {}): Promise<Span | null> {
  const reports = new KnownReports();
  const report = { findings: [{ at: at(MODEL, LAYER) }] } as unknown as Report;
  reports.keep(request(MODEL), [], { ...NOTHING, report });
  return (
    (await reports.find(request(text, more), undefined, noneToAsk))?.report.findings[0]?.at ?? null
  );
}

describe("a report that is known", () => {
  const harmless: [string, string][] = [
    ["nothing", MODEL],
    ["a comment", MODEL.replace("the only layer", "no other")],
    ["a comment more, and empty lines", `# A model.\n\n${MODEL}`],
    ["a docstring", MODEL.replace('"""Two numbers."""', '"""\n        More.\n        """')],
    ["spaces within a line", MODEL.replace("self.fc = nn", "self.fc   =   nn")],
  ];
  for (const [what, text] of harmless)
    it(`is the answer after an edit of ${what}, its places where the code now stands`, async () => {
      assert.deepEqual(await known(text), at(text, LAYER));
    });

  const telling: [string, string][] = [
    ["code", MODEL.replace("4, 2", "4, 3")],
    ["indentation", MODEL.replace("        return self.fc", "    return self.fc")],
    ["a string", MODEL.replace("# no comment", "# no  comment")],
    ["a string within a formatted string", MODEL.replace('"#a"', '"#b"')],
    ["a comment to Chainrule", MODEL.replace("the only layer", "chainrule: ignore")],
    ["a comment that shows a call", MODEL.replace("the only layer", "Net()(torch.ones(2, 4))")],
    ["a docstring that shows one", MODEL.replace("Two numbers.", "Net()(torch.ones(2, 4))")],
    ["a source that reads its own text", `${MODEL}\nprint(Net.__doc__)\n`],
  ];
  for (const [what, text] of telling)
    it(`is not, after an edit of ${what}`, async () => {
      assert.notEqual(text, MODEL);
      assert.equal(await known(text), null);
    });

  it("is not, for another question or other files", async () => {
    assert.equal(await known(MODEL, { seed: 1 }), null);
    assert.equal(await known(MODEL, { sources: { "a.py": MODEL, "b.py": "" } }), null);
  });

  it("is not where the door would tell something else now", async () => {
    const reports = new KnownReports();
    const question = { kind: "read", path: "/w/b.py" } as const;
    const outcome = { ...NOTHING, report: {} as Report };
    reports.keep(request(MODEL), [{ question, text: "x = 1" }], outcome);
    const now = (text: string) =>
      reports.find(request(MODEL), () => Promise.resolve(text), noneToAsk);
    assert.equal(await now("x = 2"), null);
    assert.deepEqual((await now("x = 1"))?.report, {});
  });

  it("knows strings of every kind", () => {
    const texts = ['r"\\d"', "f'{a!r:>{w}}'", "b'''\n#'''", 'f"{{#}}"', "f'{d['#']}'"];
    for (const text of texts) {
      const found = tokensOf(`x = ${text} # y`)?.map((token) => token.text);
      assert.deepEqual(found, ["indent ", "x", "=", text, "\n"]);
    }
  });

  it("takes a moment where a run takes longer, and says the same", async () => {
    const engine = new Engine({ dir: DIST });
    try {
      const asked = { entry: "Net", inputs: ["(3, 4)"] };
      const first = await engine.analyze(request(MODEL, asked), { again: true });
      const text = `# Above.\n${MODEL}`;
      const phases: string[] = [];
      const onProgress = (phase: string): number => phases.push(phase);
      const second = await engine.analyze(request(text, asked), { again: true, onProgress });
      assert.deepEqual(phases, [], "another run");
      const fresh = await engine.analyze(request(text, asked));
      const told = ({ layers }: Report) => layers.map((layer) => [layer.definedAt, layer.output]);
      assert.ok(first.layers.length > 0);
      assert.deepEqual(told(second), told(fresh));
      assert.deepEqual(second.subject, fresh.subject);
    } finally {
      await engine.dispose();
    }
  });
});
