import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../engine/report.ts";
import { startAnalyst } from "../support/analyst.ts";

describe("files that nobody prepared", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const analyze = (name: string): Promise<Report> =>
    analyst.analyzeText(name, readFileSync(join(import.meta.dirname, "subjects", name), "utf8"));
  const subject = async (name: string): Promise<unknown> => {
    const { subject: s, findings } = await analyze(name);
    assert.ok(s, findings.map((f) => f.message).join());
    return [s.from, s.call, s.inputs.map((i) => [i.dtype, ...i.shape].join(" ")), s.loss];
  };

  it("a configuration class with defaults; a sequence no longer than the table of places", async () => {
    assert.deepEqual(await subject("config.py"), [
      "inference",
      "Tiny(config=TinyConfig())",
      ["int64 8 8"],
      "cross-entropy",
    ]);
  });
  it("the file's own call, its local names resolved", async () => {
    assert.deepEqual(await subject("called.py"), [
      "example",
      "Gate(5, columns=7)",
      ["float32 6 5 7"],
      "cross-entropy",
    ]);
  });
  it("a call that a docstring shows", async () => {
    assert.deepEqual(await subject("commented.py"), [
      "example",
      "Shown(6, rows=3)",
      ["float32 4 3 6"],
      "cross-entropy",
    ]);
  });
  it("a script that trains is run itself, up to its first step", async () => {
    assert.deepEqual(await subject("script.py"), ["script", "script.py", [], "script"]);
  });
  /** File: call, inputs, loss; and one choice with its reason. */
  const inferred: Readonly<Record<string, readonly unknown[]>> = {
    "stages.py": [
      "Stages(widths=[16, 16, 16], repeats=[2, 2])",
      ["float32 8 3 32 32"],
      "cross-entropy",
      "widths: the code takes 3 of them",
    ],
    "options.py": [
      "Pooled(cfg={'width': 64, 'head': {'classes': 10}}, mode='mean')",
      ["float32 8 16 64"],
      "cross-entropy",
      "mode: the code compares it with 'mean', 'max'",
    ],
    "parts.py": [
      "Model(encoder=Encoder(vocab_size=100), decoder=Decoder(num_classes=10))",
      ["int64 8 16"],
      "cross-entropy",
      "encoder: the file's class of that name",
    ],
    "flags.py": [
      "Net(nfeat=64, nhid=24)",
      ["float32 8 64"],
      "cross-entropy",
      "nhid: the command line's default, line 6",
    ],
    "divides.py": [
      "Attend(dim=12, heads=4)",
      ["float32 8 16 12"],
      "cross-entropy",
      "dim: a size with which the constructor goes through",
    ],
    "frames.py": [
      "Clip()",
      ["float32 2 3 16 32 32"],
      "cross-entropy",
      "input video: the first that its layers take",
    ],
    "joined.py": [
      "Frames(input_dim=64, hidden_dim=64, kernel_size=(3, 3, ))",
      ["float32 2 3 64 32 32"],
      "mean of squares",
      "kernel_size: the code wants a tuple",
    ],
    "marks.py": [
      "Marks(num_tags=4, bounds=[0.1, 0.1])",
      ["float32 8 3 4", "int64 8 3"],
      "self",
      "bounds: the code takes 2 of them",
    ],
    "table.py": [
      "Placed(vocab_size=100)",
      ["int64 8 16"],
      "cross-entropy",
      "input tokens: the first that its layers take",
    ],
    "windows.py": [
      "Voice(num_mels=4)",
      ["float32 4 80"],
      "cross-entropy",
      "input mel: the first that its layers take",
    ],
    "places.py": [
      "Words(n_vocab=100, n_text_state=16)",
      ["float32 8 4 48", "int64 8 16"],
      "cross-entropy",
      "class: no other class of the file uses it",
    ],
    "targets.py": [
      "Bigram()",
      ["int64 8 16", "int64 8 16"],
      "self",
      "input targets: the model computes its own loss of it",
    ],
    "method.py": [
      "Agent()",
      ["float32 8 4"],
      "cross-entropy",
      "method: the class has no forward that computes",
    ],
    "refuses.py": [
      "Agent()",
      ["float32 8 4"],
      "cross-entropy",
      "method: the class has no forward that computes",
    ],
    "fields.py": [
      "Pair(args=types.SimpleNamespace(n_vocab=100, d_embed=64))",
      ["SimpleNamespace"],
      "cross-entropy",
      "args: the fields that the code reads",
    ],
    "large.py": [
      "Tower(depth=2)",
      ["float32 8 4096"],
      "cross-entropy",
      "depth: 12 would make a model too large for a first look",
    ],
    "values.py": [
      "Reads()",
      ["float32 8 6"],
      "cross-entropy",
      "input x: the first that its layers take",
    ],
    "loss.py": [
      "Overlap(smooth=4)",
      ["float32 8 10", "float32 8 10"],
      "self",
      "gradients of: Overlap has no parameters",
    ],
    "functions.py": [
      "weighted_entropy()",
      ["float32 8 10", "int64 8"],
      "self",
      "gradients of: weighted_entropy has no parameters",
    ],
    "graph.py": [
      "Graph()",
      ["float32 8 12", "int64 2 32"],
      "cross-entropy",
      "class: no other class of the file uses it",
    ],
    "maps.py": [
      "Merge(stage_channels=[16, 16])",
      ["float32 2 16 64 64", "float32 2 16 32 32"],
      "mean of squares",
      "stage_channels: the code takes several of them",
    ],
    "hides.py": [
      "Pool()",
      ["float32 8 16 16", "float32 8 16"],
      "cross-entropy",
      "input mask: others made NaN or infinity",
    ],
    "spells.py": [
      "Speller(input_size=64)",
      ["float32 8 16 64", "int64 8 16"],
      "cross-entropy",
      "input said: the first that its layers take",
    ],
    "late.py": [
      "Model(config=(lambda c: vars(c).update(vocabulary=100) or c)(Config(folder='folder')))",
      ["int64 8 16", "int64 8"],
      "cross-entropy",
      "config: the file's configuration class",
    ],
    "unset.py": [
      "Tagger(sizes=Sizes(vocab_size=100))",
      ["int64 8 16"],
      "cross-entropy",
      "sizes: the file's configuration class",
    ],
    "shrinks.py": [
      "Net(config=types.SimpleNamespace(data=types.SimpleNamespace(image_size=128), model=types.SimpleNamespace(width=64)))",
      ["float32 8 3 128 128"],
      "cross-entropy",
      "config: the fields that the code reads",
    ],
    "spaces.py": [
      "Policy(envs=types.SimpleNamespace(single_action_space=types.SimpleNamespace(n=16), single_observation_space=torch.zeros(4)))",
      ["float32 8 4"],
      "cross-entropy",
      "envs: the fields that the code reads",
    ],
    "alias.py": [
      "Vocoder(h=types.SimpleNamespace(upsample_rates=[2, 2], kernel_sizes=[3, 3], dilation_sizes=[[2, 2], [2, 2]]))",
      ["float32 8 8 64"],
      "cross-entropy",
      "h: the fields that the code reads",
    ],
    "hinted.py": [
      "Hinted(scale={'depth': 3}, planes=5)",
      ["float32 8 5 32 32"],
      "mean of squares",
      "planes: as line 13 shows it",
    ],
    "taken.py": [
      "Pooled(opt=types.SimpleNamespace(hidden_dim=64, embed_dim=64, polarities_dim=64), embedding_matrix=torch.randn(16, 64))",
      ["int64 8 16", "int64 8 16"],
      "cross-entropy",
      "embedding_matrix: a tensor, of the sizes that the other arguments name",
    ],
    "wraps.py": [
      "Reversible(f=torch.nn.Linear(64, 64), g=torch.nn.Linear(64, 64))",
      ["float32 8 64"],
      "cross-entropy",
      "f: any module, one that keeps the shape",
    ],
    "asserted.py": [
      "Net(input_size=[48, 48])",
      ["float32 8 3 48 48"],
      "cross-entropy",
      "input_size: a size that fits the others",
    ],
  };
  for (const [name, [call, inputs, loss, why]] of Object.entries(inferred))
    it(`${name}: ${String(why)}`, async () => {
      const { subject: s, findings } = await analyze(name);
      assert.ok(s, findings.map((f) => f.message).join());
      const shapes = s.inputs.map((i) => [i.dtype, ...i.shape].join(" "));
      assert.deepEqual([s.from, s.call, shapes, s.loss], ["inference", call, inputs, loss]);
      const whys = s.choices.map((c) => `${c.what}: ${c.why}`);
      assert.ok(whys.includes(String(why)), whys.join("\n"));
    });
  it("inputs that are leaves stand among the parameters, where the definition names them", async () => {
    const { parameters } = await analyze("loss.py");
    assert.deepEqual(
      parameters.map((p) => [p.kind, p.name, p.layer, p.definedAt?.startLine, p.shape]),
      [["input", "pred", "", 11, [8, 10]]],
    );
    assert.ok((parameters[0]?.grad?.rms ?? 0) > 0);
  });
  it("the other classes get what they would be run with", async () => {
    const { candidates } = await analyze("parts.py");
    assert.deepEqual(
      candidates.map((c) => [c.entry, c.subject?.call, c.subject?.inputs.map((i) => i.shape)]),
      [
        ["Decoder", "Decoder(num_classes=10)", [[8, 12]]],
        ["Encoder", "Encoder(vocab_size=100)", [[8, 16]]],
      ],
    );
  });
  it("a module that the file lacks comes from the file beside it that has what is read", async () => {
    const read = (name: string): string =>
      readFileSync(join(import.meta.dirname, "subjects", name), "utf8");
    const names = ["siblings.py", "nets.py"];
    const sources = Object.fromEntries(names.map((name) => [`project/${name}`, read(name)]));
    const { subject: s } = await analyst.analyze({
      file: "project/siblings.py",
      sources,
      roots: [],
    });
    assert.equal(
      s?.call,
      "Wrapper(net=__import__('nets', fromlist=['']).WideNetwork(in_features=64))",
    );
    const why = s.choices.find((c) => c.what === "net")?.why;
    assert.equal(why, "a class that has what the code reads of it");
  });
  it("an exception with guessed inputs is no error of the file's; what was run is said beside it", async () => {
    const { subject: s, findings } = await analyze("picks.py");
    assert.equal(s, null);
    const [{ code, severity, at, message, related } = assert.fail("no finding")] = findings;
    assert.deepEqual([code, severity, at.startLine], ["python-error", "information", 15]);
    assert.match(message, /not positive-definite/);
    assert.equal(
      related?.[0]?.text,
      "Chainrule ran Picks() on torch.randn(8, 6); for other inputs write a comment: # chainrule: Picks(), input=(8, …)",
    );
  });
  it("where nothing can be guessed, the comment to write is said", async () => {
    const { subject: s, findings } = await analyze("needs.py");
    assert.equal(s, null);
    assert.deepEqual(
      findings.map((f) => [f.code, f.message]),
      [
        [
          "no-subject",
          "Nothing could be run: Wrapper needs backbone; give it in a comment: # chainrule: Wrapper(backbone=…).",
        ],
      ],
    );
  });
  it("where no guess fits, the line that refused is named, and long arguments are not repeated", async () => {
    const source = `import torch


class Net(torch.nn.Module):
    def __init__(self, in_channels, hidden_channels, out_channels):
        super().__init__()
        self.fc = torch.nn.Linear(in_channels, hidden_channels)

    def forward(self, x):
        return self.fc(x) @ torch.zeros(3, 5, 2) @ torch.zeros(3, 7, 2)
`;
    const { findings } = await analyst.analyze({
      file: "lib/net.py",
      sources: { "lib/net.py": source },
      roots: [],
    });
    const [{ code, message } = assert.fail("no finding")] = findings;
    assert.equal(code, "no-subject");
    assert.match(
      message,
      /^Nothing could be run: no guessed input fits Net \(RuntimeError in net\.py:10: .*\); give arguments and input in a comment: # chainrule: Net\(…\), input=\(8, …\)\.$/,
    );
  });
});
