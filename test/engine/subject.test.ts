import assert from "node:assert/strict";
import { english } from "../../engine/said.ts";
import { planArguments, sidesOf } from "../../engine/subject/arguments.ts";
import {
  directives,
  hasDirective,
  parseDirective,
  parseInput,
  splitTop,
} from "../../engine/subject/directive.ts";
import { ranked } from "../../engine/subject/rank.ts";
import { inputCandidates } from "../../engine/subject/inputs.ts";
import type { EntryFacts, ModelFacts, Param } from "../../engine/subject/spec.ts";
import { callText, py } from "../../engine/subject/spec.ts";
import { wantedOf } from "../../engine/subject/wanted.ts";
import { renderedAll } from "../../engine/subject/values.ts";

const AT = { file: "m.py", startLine: 1, startColumn: 0, endLine: 1, endColumn: 1 };
const param = (name: string, more: Partial<Param> = {}): Param => ({
  name,
  hasDefault: false,
  default: null,
  annotation: null,
  keywordOnly: false,
  ...more,
});
const entry = (name: string, line: number, more: Partial<EntryFacts> = {}): EntryFacts => ({
  name,
  isClass: true,
  at: AT,
  line,
  uses: [],
  has: [],
  bases: [],
  params: [],
  forward: [param("x")],
  methods: [],
  ...more,
});
const model = (more: Partial<ModelFacts>): ModelFacts => ({
  layers: [],
  parameters: {},
  forward: [param("x")],
  ...more,
});

describe("directive comments", () => {
  it("splitTop splits at commas outside brackets and quotes", () => {
    assert.deepEqual(splitTop("a=(1, 2), 'x, y', f([3, 4])"), ["a=(1, 2)", "'x, y'", "f([3, 4])"]);
    assert.deepEqual(splitTop(""), []);
  });
  it("parseInput: shapes, several shapes, ranges of integers, expressions", () => {
    assert.deepEqual(parseInput("(32, 1, 28)"), [{ kind: "randn", shape: [32, 1, 28] }]);
    assert.deepEqual(parseInput("((2, 3), (4,))"), [
      { kind: "randn", shape: [2, 3] },
      { kind: "randn", shape: [4] },
    ]);
    assert.deepEqual(parseInput("randint(0, 10, (2, 8))"), [
      { kind: "randint", low: 0, high: 10, shape: [2, 8] },
    ]);
    const tokens = { kind: "randint", low: 0, high: 10, shape: [2, 8] };
    for (const text of ["(10, (2, 8))", "(0, 10, size=[2, 8], dtype=torch.long)"])
      assert.deepEqual(parseInput(`torch.randint${text}`), [tokens]);
    for (const text of ["torch.randn(4, 3)", "randn((4, 3))", "Variable(torch.randn(4, 3))"])
      assert.deepEqual(parseInput(text), [{ kind: "randn", shape: [4, 3] }]);
    const scaled = "torch.randn(4, 3) * 2";
    assert.deepEqual(parseInput(scaled), [{ kind: "py", expr: scaled }]);
    assert.deepEqual(parseInput("ones(3)"), [{ kind: "py", expr: "torch.ones(3)" }]);
  });
  it("parseDirective: call, inputs, loss", () => {
    const d = parseDirective("Net(12, act='relu'), input=(8, 4), input=(8, 2), loss=mse", 3);
    assert.equal(d.entry, "Net");
    assert.deepEqual(d.args, [py("12")]);
    assert.deepEqual(d.kwargs, { act: py("'relu'") });
    assert.deepEqual(
      d.inputs?.map((i) => i.shape),
      [
        [8, 4],
        [8, 2],
      ],
    );
    assert.equal(d.loss, "mse");
    assert.throws(() => parseDirective("Net(), size=3", 1), /unknown part/);
  });
  it("is found on its line, and is not an ignore comment", () => {
    const source = "import torch\n  # chainrule: Net()\n# chainrule: ignore[x]\n";
    assert.deepEqual(
      directives(source).map((d) => d.line),
      [2],
    );
    assert.ok(!hasDirective("# chainrule: ignore[gradient-zero]"));
  });
});

describe("what the user said", () => {
  const nets = [entry("Net", 2), entry("Other", 9)];
  const source = "# chainrule: input=(4, 2), mode=eval\nclass Net: ...\n";
  const wanted = (more: object): unknown => {
    const w = wantedOf({ file: "m.py", sources: {}, roots: [], ...more }, source, nets);
    return w && [w.entry, w.inputs?.map((i) => i.shape), w.mode, w.kwargs];
  };
  it("the class's own comment fills what a request leaves open", () => {
    assert.deepEqual(wanted({}), ["Net", [[4, 2]], "eval", {}]);
    assert.deepEqual(wanted({ entry: "Net" }), ["Net", [[4, 2]], "eval", {}]);
    assert.deepEqual(wanted({ entry: "Net", inputs: ["(1, 2)"], args: ["d=3"] }), [
      "Net",
      [[1, 2]],
      "eval",
      { d: py("3") },
    ]);
    assert.deepEqual(wanted({ entry: "Other" }), ["Other", undefined, null, {}]);
  });
});

describe("arguments", () => {
  const values = (...params: Param[]): unknown => {
    const plan = planArguments(entry("Net", 1, { params }));
    return "missing" in plan ? plan : renderedAll(plan.kwargs);
  };
  const whys = (...params: Param[]): unknown => {
    const plan = planArguments(entry("Net", 1, { params }));
    if ("missing" in plan) return plan;
    return Object.fromEntries(Object.entries(plan.whys).map(([name, why]) => [name, english(why)]));
  };
  it("a normalisation by its full name, and keywords for another call", () => {
    assert.deepEqual(values(param("BatchNorm", { use: { called: 2 } }), param("loss_kwargs")), {
      BatchNorm: py("torch.nn.BatchNorm2d"),
      loss_kwargs: py("{}"),
    });
  });
  it("nothing for defaults, usual names, like-named defaults, annotations, endings", () => {
    assert.deepEqual(
      values(
        param("num_classes"),
        param("vocab_size"),
        param("rank", { hint: "7" }),
        param("depth_mult", { hasDefault: true }),
        param("odd", { annotation: "int" }),
        param("time_embedding_dim"),
        param("enc_heads"),
      ),
      {
        num_classes: 10,
        vocab_size: 100,
        rank: py("7"),
        odd: 16,
        time_embedding_dim: 64,
        enc_heads: 4,
      },
    );
  });
  it("what the file itself gives comes before what the name means", () => {
    const given = [{ value: "12", why: "as line 40 gives it" }];
    assert.deepEqual(values(param("depth", { given })), { depth: py("12") });
    assert.deepEqual(whys(param("depth", { given })), { depth: "as line 40 gives it" });
  });
  it("several where the code takes several, an option where it compares, a size where a layer takes it", () => {
    assert.deepEqual(values(param("dims", { use: { many: true, count: 3 } })), {
      dims: [16, 16, 16],
    });
    assert.deepEqual(values(param("mode", { use: { options: ["mean", "max"] } })), {
      mode: "mean",
    });
    assert.deepEqual(whys(param("n", { use: { feeds: ["Linear.in_features"] } })), {
      n: "it becomes Linear's in_features",
    });
  });
  it("a module that nothing provides is named", () => {
    assert.deepEqual(values(param("block")), { missing: "block" });
    assert.deepEqual(values(param("planes", { annotation: "str" })), { missing: "planes" });
  });
  it("a configuration is made of its own defaults and usual fields, of a table, or of what is read", () => {
    const none = { fields: [], tables: [] };
    const config = {
      ...none,
      name: "Config",
      params: [param("vocab_size"), param("d", { hasDefault: true })],
    };
    assert.deepEqual(values(param("config", { config })), {
      config: py("Config(vocab_size=100)"),
    });
    const lacking = { ...none, name: "Config", params: [param("backbone")] };
    assert.deepEqual(values(param("config", { config: lacking })), { missing: "config" });
    const read = { name: "types.SimpleNamespace", params: [], fields: [{ name: "n_head" }] };
    assert.deepEqual(values(param("args", { config: { ...read, tables: [] } })), {
      args: py("types.SimpleNamespace(n_head=4)"),
    });
    const table = { ...read, name: "dict", tables: ["BASE"] };
    assert.deepEqual(values(param("cfg", { config: table })), { cfg: py("BASE") });
  });
  it("a module is built of the file's class of that name", () => {
    const encoder = entry("TextEncoder", 1, { params: [param("vocab_size")] });
    const net = entry("Net", 9, { params: [param("encoder", { use: { module: true } })] });
    const plan = planArguments(net, [encoder, net]);
    assert.deepEqual("kwargs" in plan && plan.kwargs, {
      encoder: py("TextEncoder(vocab_size=100)"),
    });
  });
  it("sides come from what is given or default", () => {
    const params = [
      param("image_size"),
      param("img_size", { hasDefault: true, default: "(224, 224)" }),
    ];
    assert.deepEqual(sidesOf({ params }, { image_size: 64 }), [64, 224]);
  });
});

describe("entries", () => {
  it("whole models before blocks, composed ones first, without required arguments first", () => {
    const names = ranked([
      entry("Block", 1, { params: [param("planes")] }),
      entry("Early", 5, { uses: ["Block"] }),
      entry("Late", 9),
      entry("Guessed", 12, { params: [param("dim")] }),
      entry("make", 15, { isClass: false, forward: null }),
      entry("Base", 20, { forward: null }),
    ]).map((e) => e.name);
    assert.deepEqual(names, ["Early", "make", "Late", "Guessed", "Block"]);
  });
  it("a model of factories' layers before what a factory makes alone", () => {
    const names = ranked([
      entry("pool", 1, { isClass: false, forward: null }),
      entry("conv", 3, { isClass: false, forward: null, params: [param("nin")] }),
      entry("Net", 9, { uses: ["conv"] }),
    ]).map((e) => e.name);
    assert.deepEqual(names, ["Net", "pool", "conv"]);
  });
  it("a block stands in where classes only mention one another", () => {
    const both = [entry("A", 1, { uses: ["B"] }), entry("B", 2, { uses: ["A"] })];
    assert.deepEqual(
      ranked(both).map((e) => e.name),
      ["B", "A"],
    );
  });
});

describe("inputs", () => {
  const shapes = (facts: ModelFacts, n = 1): unknown =>
    inputCandidates(facts)
      .slice(0, n)
      .map((inputs) => inputs.map((i) => i.shape ?? i.expr));
  it("what the first layer takes", () => {
    const conv = { path: "c", type: "Conv2d", in_channels: 1, kernel_size: [3, 3], stride: [1, 1] };
    assert.deepEqual(shapes(model({ layers: [conv] }), 2), [[[8, 1, 32, 32]], [[8, 1, 28, 28]]]);
    const linear = { path: "l", type: "Linear", in_features: 20 };
    assert.deepEqual(shapes(model({ layers: [linear] })), [[[8, 20]]]);
    const stem = { ...conv, kernel_size: [7, 7], stride: [2, 2] };
    assert.deepEqual(shapes(model({ layers: [stem] })), [[[8, 1, 64, 64]]]);
  });
  it("tokens stay below the smallest vocabulary", () => {
    const facts = model({
      layers: [
        { path: "a", type: "Embedding", num_embeddings: 50 },
        { path: "b", type: "Embedding", num_embeddings: 30 },
      ],
      forward: [param("src"), param("trg")],
    });
    const [first] = inputCandidates(facts);
    assert.deepEqual(first, [
      { kind: "randint", low: 0, high: 30, shape: [8, 16] },
      { kind: "randint", low: 0, high: 30, shape: [8, 16] },
    ]);
  });
  it("a given image side comes first, a table's length is tried", () => {
    const linear = { path: "l", type: "Linear", in_features: 192 };
    assert.deepEqual(shapes(model({ layers: [linear], sides: [40] })), [[[8, 3, 40, 40]]]);
    const tried = inputCandidates(model({ layers: [linear], lengths: [49] }));
    assert.ok(tried.some(([x]) => x?.shape?.join() === "8,49,192"));
  });
  it("a hidden state by the model's own method, else None", () => {
    const facts = model({
      layers: [{ path: "l", type: "Linear", in_features: 4 }],
      forward: [param("x"), param("hidden")],
      starts: [{ name: "init_hidden", params: 0 }],
    });
    assert.deepEqual(shapes(facts, 2), [
      [[8, 4], "model.init_hidden()"],
      [[8, 4], "None"],
    ]);
  });
  it("no parameters of forward: no input", () => {
    assert.deepEqual(inputCandidates(model({ forward: [] })), [[]]);
  });
});

it("callText is Python", () => {
  assert.equal(
    callText({ entry: "Net", args: [3, null], kwargs: { act: "relu", p: py("F()"), on: true } }),
    "Net(3, None, act='relu', p=F(), on=True)",
  );
  assert.equal(
    callText({ entry: "N", args: [], kwargs: { sizes: [1, [2, "a'b"]] } }),
    "N(sizes=[1, [2, 'a\\'b']])",
  );
});
