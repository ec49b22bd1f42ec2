/** YAML as PyYAML 6.0 reads and writes it: the expected values are its own. */
import assert from "node:assert/strict";
import { startAnalyst } from "../support/analyst.ts";

/** What `yaml.safe_load` gives, as JSON. */
const READ: readonly (readonly [string, unknown])[] = [
  ["a: 1e-3", { a: "1e-3" }],
  ["a: 1.0e-3\nb: 1_000\nc: 017\nd: 0x1F\ne: 1:30", { a: 0.001, b: 1000, c: 15, d: 31, e: 90 }],
  ["a: yes\nb: 'yes'\nc: y\nd: ~\ne:", { a: true, b: "yes", c: "y", d: null, e: null }],
  ["a:\n- 1\n- - 2\n  - 3\nb: [x, y: z, {k: }]", { a: [1, [2, 3]], b: ["x", { y: "z" }, { k: null }] }],
  ["a: &d\n  p: 1\n  q: 2\nb:\n  <<: *d\n  q: 3", { a: { p: 1, q: 2 }, b: { p: 1, q: 3 } }],
  ["a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n\n  z\n   w\n  v\n", { a: "x\n y\n\nz\n", b: "x y\nz\n w\nv" }],
  ['a: "x\\t\\u00e9\n  y"\nb: \'it\'\'s\'\nc: x#c # d', { a: "x\té y", b: "it's", c: "x#c" }],
  ["a: one\n  two\n\n  three\nhttp://x:80/y: z", { a: "one two\nthree", "http://x:80/y": "z" }],
  ["--- # first\n- a\n-\n  b: 1\n  c: 2\n...\n", ["a", { b: 1, c: 2 }]],
]; // prettier-ignore

/** What `yaml.safe_load` refuses: the error's class, by text. */
const REFUSED: readonly (readonly [string, string])[] = [
  ["a: b: c", "ScannerError"],
  ["a: [1, 2", "ParserError"],
  ["a:\n  b: 1\n c: 2", "ParserError"],
  ["a: *b", "ComposerError"],
  ["a: !!python/tuple [1]", "ConstructorError"],
  ["a:\t1", "ScannerError"],
];

const WRITTEN = `a:
  x: 1.5
  y: 'no'
  z: '1'
b:
- 1
- c: null
  d: 'x: y'
e: []
f: {}
`;

const SOURCE = `
import json
import yaml
from torch import nn
for text in json.loads(r'''${JSON.stringify(READ.map(([text]) => text))}'''):
    print(json.dumps(yaml.safe_load(text)))
for text in json.loads(r'''${JSON.stringify(REFUSED.map(([text]) => text))}'''):
    try:
        print(json.dumps(yaml.safe_load(text)))
    except yaml.YAMLError as error:
        print(json.dumps(type(error).__name__))
print(json.dumps(yaml.dump({"b": [1, {"d": "x: y", "c": None}], "a": {"z": "1", "x": 1.5, "y": "no"}, "e": [], "f": {}})))

class Net(nn.Linear):
    def __init__(self):
        super().__init__(**yaml.safe_load("in_features: 4\\nout_features: 3"))
`;

describe("yaml", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  it("is read and written as PyYAML does", async () => {
    const report = await analyst.analyzeText("net.py", SOURCE);
    const told = report.log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    const expected = [
      ...READ.map(([, value]) => value),
      ...REFUSED.map(([, name]) => name),
      WRITTEN,
    ];
    assert.deepEqual(told, expected, report.findings[0]?.message);
    assert.equal(report.subject?.entry, "Net");
  });
});
