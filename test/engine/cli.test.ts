/** The `chainrule` command as a process: what it prints, what it refuses, its exit codes. */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import type { Report } from "../../engine/report.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "dist/cli.js");
const FIXTURES = "test/rules/fixtures";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command. */
function chainrule(args: readonly string[]): Promise<Ended> {
  return ended(spawn(process.execPath, [CLI, ...args], { cwd: ROOT }));
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

/** The same with SIGINT as soon as Node says that a thread of its starts. */
function interrupted(args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, NODE_DEBUG: "worker" };
  const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, env });
  child.stderr.once("data", () => child.kill("SIGINT"));
  return ended(child);
}

async function json(...args: string[]): Promise<Report> {
  const { out, err } = await chainrule(["analyze", ...args, "--json"]);
  assert.equal(err, "");
  return JSON.parse(out) as Report;
}

/** One sentence on stderr, nothing else, code 2. */
async function checkRefused(args: readonly string[], expected: RegExp): Promise<void> {
  const { code, out, err } = await chainrule(args);
  assert.match(err, expected);
  assert.equal(err.trimEnd().split("\n").length, 1, err);
  assert.deepEqual([code, out], [2, ""]);
}

describe("chainrule, the command", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "chainrule-cli-"));
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };

  it("reads files that begin with a byte order mark, as Python does", async () => {
    const report = await json(
      write("marked.py", "\uFEFFfrom torch import nn\n\n\nnet = nn.Linear(2, 1)\n"),
    );
    assert.deepEqual(
      report.findings.filter(({ code }) => code === "python-error"),
      [],
    );
  });
  describe("of a file that trains what others give it", () => {
    const LOOP = `def fit(model, data, optimizer):
    for x in data:
        model(x).sum().backward()
        optimizer.step()
`;
    const MODEL = "net = torch.nn.Linear(2, 1)\nsgd = torch.optim.SGD(net.parameters(), 0.1)\n";

    it("runs the script that calls it, and says so", async () => {
      const trainer = write("called/engine.py", LOOP);
      const head = "import torch\n\nfrom engine import fit\n\n";
      write("called/train.py", `${head}${MODEL}fit(net, [torch.rand(3, 2)], sgd)\n`);
      const { subject, parameters } = await json(trainer);
      assert.deepEqual([subject?.from, subject?.entry], ["script", "train.py"]);
      assert.deepEqual(subject?.choices[0]?.what, "subject");
      assert.match(subject.choices[0].why, /^engine\.py trains what others give it/);
      assert.deepEqual(
        parameters.map(({ name }) => name),
        ["weight", "bias"],
      );
    });
    it("is none the worse for a caller that never ends", async () => {
      const trainer = write("endless/engine.py", LOOP);
      const endless = 'import re\n\nfrom engine import fit\n\nre.match("(a+)+$", "a" * 64 + "b")\n';
      write("endless/train.py", `${endless}${MODEL}fit(net, [], sgd)\n`);
      const { findings } = await json(trainer, "--budget", "4");
      assert.equal(findings[0]?.code, "no-subject");
    });
    it("names those that do not train, and where they import it", async () => {
      const trainer = write("named/engine.py", LOOP);
      const main = write("named/main.py", "import torch\n\nfrom engine import fit\n");
      const [{ code, message, related } = assert.fail("none")] = (await json(trainer)).findings;
      assert.equal(code, "no-subject");
      assert.match(message, /: fit trains a model given .*; analyze a file that .*: main\.py\.$/);
      const at = { file: main, startLine: 3, startColumn: 0, endLine: 3, endColumn: 22 };
      assert.deepEqual(
        related?.map((note) => [note.at, note.text]),
        [[at, "imported here"]],
      );
    });
  });
  it("starts a script that stops without arguments as the project's shell script does", async () => {
    const [script] = [
      write(
        "started/train.py",
        "import argparse\nimport torch\n\nparser = argparse.ArgumentParser()\n" +
          "parser.add_argument('--task', default='none')\nparser.add_argument('--width', type=int, default=3)\n" +
          "parser.add_argument('--out', default='here')\nargs = parser.parse_args()\n" +
          "if args.task != 'toy':\n    raise ValueError(f'Task not found: {args.task}')\n" +
          "net = torch.nn.Linear(args.width, 2)\nsgd = torch.optim.SGD(net.parameters(), lr=0.1)\n" +
          "net(torch.ones(4, args.width)).sum().backward()\nsgd.step()\n",
      ),
      write(
        "started/scripts/run_toy.sh",
        'HERE=`pwd`\nexport TASK="toy"\npython train.py \\\n  --task=${TASK} \\\n  --out=$HERE/out \\\n  --width 7\n',
      ),
    ];
    const report = await json(script);
    assert.deepEqual(report.parameters[0]?.shape, [2, 7], report.findings[0]?.message);
    const line = report.subject?.choices.find(({ what }) => what === "command line");
    assert.equal(line?.value, "'python train.py --task=toy --width 7'");
  });
  it("prints subject, table and findings of a sick model, and ends with 1", async () => {
    const file = `${FIXTURES}/sigmoid_deep.py`;
    const { code, out, err } = await chainrule(["analyze", file]);
    assert.equal(err, "");
    assert.match(out, /^DeepNet\(\) \(.*sigmoid_deep\.py:\d+:\d+\)\ninput \[\d+, 256\] float32 /);
    assert.match(out, /^layer +type +output +act rms +grad rms +factor +param rms +f16 lost$/m);
    assert.match(out, /^layers\.0 +Linear +\[\d+, 256\] +0\.\d+ +\d\.\d+e-\d+ +/m);
    const [, line = "", column = ""] =
      /^test\/rules\/fixtures\/sigmoid_deep\.py:(\d+):(\d+) warning\[gradient-vanishing\] Gradients vanish/m.exec(
        out,
      ) ?? [];
    const source = readFileSync(join(ROOT, file), "utf8").split("\n")[Number(line) - 1];
    assert.match(String(source).slice(Number(column) - 1), /^torch\.sigmoid\(/);
    assert.match(out, / GFLOP · peak \d+ MiB\n$/);
    assert.ok(!out.includes("\u001b"), "no colour in a pipe");
    assert.equal(code, 1);
  });

  it("export-script prints a script, or writes it where it finds the file again", async () => {
    const file = write("models/net.py", readFileSync(join(ROOT, FIXTURES, "relu_he.py"), "utf8"));
    const printed = await chainrule(["export-script", file]);
    assert.match(printed.out, /^"""\nThe gradients of \w+\(.*\) in net\.py under your own PyTorch/);
    const output = join(folder, "proof.py");
    const { code, out, err } = await chainrule(["export-script", file, "-o", output]);
    assert.deepEqual([code, out, err], [0, "", ""]);
    assert.match(readFileSync(output, "utf8"), /^FILE = "models\/net\.py" /m);
    await checkRefused(["export-script", file, "-o", folder], /cannot be written: EISDIR/);
    const empty = write("empty.py", "x = 1\n");
    await checkRefused(["export-script", empty], /no run that a script could repeat/);
    await checkRefused(["analyze", file, "--output", output], /--output belongs to export-script/);
  });

  it("runs a notebook, and names its cells", async () => {
    const cell = (source: string) => ({ cell_type: "code", metadata: {}, source });
    const sigmoid = readFileSync(join(ROOT, FIXTURES, "sigmoid_deep.py"), "utf8");
    const cells = [cell("%matplotlib inline\n!pip install torch"), cell(sigmoid)];
    const file = write("deep.ipynb", JSON.stringify({ cells, metadata: {}, nbformat: 4 }));
    const { code, out, err } = await chainrule(["analyze", file]);
    assert.equal(err, "");
    const line = sigmoid.split("\n").findIndex((text) => text.includes("torch.sigmoid(")) + 1;
    const place = `deep\\.ipynb cell 2:${line}:\\d+ warning\\[gradient-vanishing\\]`;
    assert.match(out, new RegExp(place));
    assert.equal(code, 1);
    await checkRefused(["analyze", write("none.ipynb", "{}")], /none\.ipynb is no notebook/);
  });

  it("ends with 0 on a healthy model", async () => {
    const { code, out } = await chainrule(["analyze", `${FIXTURES}/relu_he.py`]);
    assert.match(out, /^No finding\.$/m);
    assert.equal(code, 0);
  });

  it("ends with 2 and the reason where the model cannot be run", async () => {
    for (const [name, expected] of [
      ["shape_error.py", /:\d+:\d+ error\[python-error\] RuntimeError: mat1 and mat2 shapes/],
      ["unsupported.py", /:\d+:\d+ information\[unsupported\] .*torch\.quantize_per_tensor/],
    ] as const) {
      const { code, out } = await chainrule(["analyze", `${FIXTURES}/${name}`]);
      assert.match(out, expected);
      assert.equal(code, 2, name);
    }
  });

  it("takes class, arguments, input, loss, seed, dtype and mode", async () => {
    const file = write(
      "two.py",
      [
        "from torch import nn",
        "class First(nn.Module):",
        "    def __init__(self, width, bias=True):",
        "        super().__init__()",
        "        self.fc = nn.Linear(width, 3, bias=bias)",
        "    def forward(self, x):",
        "        return self.fc(x)",
        "class Second(First): pass",
      ].join("\n"),
    );
    const options = ["--arg", "7", "--arg", "bias=False", "--input", "(5, 7)", "--loss", "mse"];
    const report = await json(
      ...[file, "--class", "First", ...options],
      ...["--seed", "3", "--dtype", "float64", "--mode", "eval"],
    );
    assert.equal(report.subject?.call, "First(7, bias=False)");
    assert.deepEqual(report.subject.inputs, [{ shape: [5, 7], dtype: "float64" }]);
    assert.equal(report.subject.loss, "mean of squares");
    assert.deepEqual(report.settings, { seed: 3, dtype: "float64", mode: "eval" });
    assert.deepEqual(
      report.parameters.map(({ name, shape }) => [name, shape]),
      [["fc.weight", [3, 7]]],
    );
    const called = await json(file, "--class", "First(width=4)");
    assert.equal(called.subject?.call, "First(width=4)");
  });

  it("takes a case whose paths are relative to the root", async () => {
    write("lib/helper.py", "WIDTH = 6\n");
    write(
      "pack/net.py",
      "from torch import nn\nfrom helper import WIDTH\ndef make(out):\n    return nn.Linear(WIDTH, out)\n",
    );
    const one = write(
      "case.json",
      JSON.stringify({
        id: "one",
        file: "pack/net.py",
        entry: "make",
        args: [],
        kwargs: { out: 4 },
        inputs: [{ kind: "randn", shape: [2, 6] }],
        path: ["lib"],
        loss: "mse",
        mode: "eval",
      }),
    );
    for (const file of [[], [join(folder, "pack/net.py")], ["pack/net.py"]]) {
      const report = await json(...file, "--case", one, "--root", folder);
      assert.equal(report.subject?.from, "case", report.findings[0]?.message);
      assert.equal(typeof report.loss, "number");
      assert.deepEqual(report.probes?.outputShape, [2, 4]);
      assert.ok(report.probes.rngAfterBuild !== report.probes.rngAfterInputs);
      assert.deepEqual(
        report.parameters.map(({ name, gradFirst }) => [name, gradFirst.length]),
        [
          ["weight", 3],
          ["bias", 3],
        ],
      );
    }
  });

  it("prints a report that the published schema allows", async () => {
    const schema: unknown = JSON.parse(
      readFileSync(join(ROOT, "engine/report.schema.json"), "utf8"),
    );
    const validate = new Ajv({ allErrors: true, strict: true }).compile(schema as object);
    for (const name of ["sigmoid_deep.py", "zero_at_start.py", "unsupported.py"]) {
      const report = await json(`${FIXTURES}/${name}`);
      assert.ok(validate(report), `${name}: ${JSON.stringify(validate.errors)}`);
      assert.ok(!validate({ ...report, version: 0 }), "another version is refused");
    }
  });

  it("ends a run at its budget, and at Ctrl+C", async () => {
    const file = write("loop.py", "while True:\n    pass\n");
    await checkRefused(
      ["analyze", file, "--budget", "1"],
      /^chainrule: the run took longer than 1 s/,
    );
    const { code, err } = await interrupted(["analyze", file]);
    assert.match(err, /^chainrule: the analysis was cancelled$/m);
    assert.equal(code, 130);
  });

  it("says where its result cannot be written", () => {
    const full = openSync("/dev/full", "w");
    const to = (errors: number | "pipe") =>
      spawnSync(process.execPath, [CLI, "analyze", `${FIXTURES}/relu_he.py`], {
        ...{ cwd: ROOT, encoding: "utf8" },
        stdio: ["ignore", full, errors],
      });
    try {
      const { status, stderr } = to("pipe");
      assert.match(stderr, /^chainrule: the result cannot be written: ENOSPC.*\n$/);
      assert.deepEqual([status, to(full).status], [2, 2]);
    } finally {
      closeSync(full);
    }
  });

  it("says in one sentence what is wrong with the command", async () => {
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [["train"], /^chainrule: unknown command train/],
      [["analyze"], /^chainrule: analyze needs a FILE/],
      [["analyze", "a.py", "b.py"], /takes one FILE, not also b\.py/],
      [["analyze", "a.py", "--depth", "3"], /Unknown option '--depth'/],
      [["analyze", "a.py", "--seed", "1.5"], /--seed takes a whole number, not 1\.5/],
      [["analyze", "a.py", "--budget", "-1"], /--budget/],
      [["analyze", "a.py", "--dtype", "half"], /--dtype takes float32 or float64, not half/],
      [["analyze", "missing.py"], /there is no file .*missing\.py/],
      [["analyze", "--case", "missing.json"], /there is no file missing\.json/],
      [["analyze", "--case", write("bad.json", "[]")], /holds no case/],
    ];
    for (const [args, expected] of refusals) await checkRefused(args, expected);
  });

  it("tells its version and its options", async () => {
    const manifest = readFileSync(join(ROOT, "package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { version: string };
    assert.equal((await chainrule(["--version"])).out, `${version}\n`);
    const { code, out } = await chainrule(["--help"]);
    assert.match(out, /Exit code: 0 no finding/);
    assert.equal(code, 0);
  });
});
