/** The command line: what was asked, or one sentence about what is wrong with it. */
import { parseArgs } from "node:util";
import { budgetHere } from "../client.ts";
import { EngineError } from "../errors.ts";
import { OPTIMIZERS, type OptimizerName } from "../optimizers.ts";
import type { AnalyzeRequest } from "../protocol.ts";

export const HELP = `Usage: chainrule analyze FILE [options]
       chainrule analyze --case CASE.json --root FOLDER [options]
       chainrule export-script FILE [--output SCRIPT.py] [options]

Runs the model in FILE once, forward and backward, and prints each layer's gradient and what is wrong
with it. FILE is plain PyTorch, a Python file or a notebook (.ipynb, whose cells are run in order);
neither Python nor PyTorch need be installed.

export-script writes a Python script that makes the same run under your own PyTorch and prints its
gradients beside Chainrule's; it needs torch, and what FILE imports.

  --class NAME       class or factory to run: Net, or a call of it: "Net(depth=12)"
  --arg SOURCE       one constructor argument as Python source, depth=12 or "'relu'"; repeatable
  --input SHAPE      one input: "(32, 1, 28, 28)", or an expression: "randint(0, 10, (2, 8))"; repeatable
  --loss NAME        cross_entropy, cross_entropy(10), mse, sum or mean
  --seed N           as in torch.manual_seed; default 0
  --dtype TYPE       float32 (default) or float64
  --mode MODE        train (default) or eval
  --precision TYPE   a second run under autocast, float16 or bfloat16, beside float32
  --optimizer NAME   steps of sgd, momentum, nesterov, rmsprop, adam or adamw on the one batch: losses,
                     updates beside weights, and what only steps bring about
  --lr X             its learning rate; default: the usual one
  --steps N          how many steps; default 20
  --budget SECONDS   the run is ended after that time; default 300
  --root FOLDER      where imports are looked for beside FILE's own folder; repeatable
  --site-packages DIR  packages of a Python environment, whose Python sources are read; repeatable;
                     default: the active environment (VIRTUAL_ENV or CONDA_PREFIX)
  --case CASE.json   a case that names file, entry, arguments and inputs; its paths are relative to --root
  --no-fixes         does not try out what may help against the findings
  --json             prints the whole report as JSON
  --output SCRIPT.py where export-script writes; default: the terminal
  --version, --help

The table has a row per layer, in forward order:
  act rms     root mean square of the output
  grad rms    of the loss's gradient with respect to the output
  factor      gradient at the input over gradient at the output: the layer's part in the chain rule
  param rms   of the gradient of the layer's own parameters
  f16 lost    share of that gradient that becomes 0 in float16 at loss scale 1 (of the output's
              gradient where the layer has no parameters)

Exit code: 0 no finding, 1 at least one warning or error (information does not count),
2 the model could not be run, 130 cancelled by Ctrl+C.
`;

/** No editor waits here: larger than there. */
const DEFAULT_SECONDS = 300;

export interface Command {
  readonly kind: "analyze" | "export-script" | "help" | "version";
  readonly file: string | undefined;
  readonly roots: readonly string[];
  readonly casePath: string | undefined;
  /** Environments, their interpreters or folders of packages; undefined: the active one. */
  readonly sitePackages: readonly string[] | undefined;
  readonly json: boolean;
  /** Of export-script; undefined: the terminal. */
  readonly output: string | undefined;
  /** What may help is tried out. */
  readonly fixes: boolean;
  /** What goes into the request as it stands. */
  readonly wishes: Omit<AnalyzeRequest, "file" | "sources" | "roots" | "case">;
}

const wrong = (text: string): EngineError => new EngineError("usage", text);

/** A whole number, or a positive one for seconds. Throws EngineError `usage`. */
function numberOf(option: string, text: string, isWhole: boolean): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (isWhole ? !Number.isSafeInteger(value) : !(value > 0 && value < 1e6))
    throw wrong(`--${option} takes a ${isWhole ? "whole" : "positive"} number, not ${text}`);
  return value;
}

function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (!found) throw wrong(`--${option} takes ${allowed.join(" or ")}, not ${text}`);
  return found;
}

/** The optimizer to step with. Throws EngineError `usage` for a rate or a number of steps without one. */
function optimizerOf({ optimizer, lr, steps }: Readonly<Record<string, unknown>>) {
  if (typeof optimizer !== "string") {
    if (lr !== undefined || steps !== undefined) throw wrong("--lr and --steps need --optimizer");
    return {};
  }
  const names = Object.keys(OPTIMIZERS) as OptimizerName[];
  return {
    optimizer: oneOf("optimizer", optimizer, names),
    ...(typeof lr === "string" && { lr: numberOf("lr", lr, false) }),
    ...(typeof steps === "string" && { steps: countOf("steps", steps) }),
  };
}

function countOf(option: string, text: string): number {
  const value = numberOf(option, text, true);
  if (value < 1) throw wrong(`--${option} takes a positive whole number, not ${text}`);
  return value;
}

/** `--seed -1` as `--seed=-1`: a number is no option. */
const joinNumbers = (args: readonly string[]): string[] =>
  args.reduce<string[]>((done, arg) => {
    const last = done.at(-1) ?? "";
    const isValue = /^--[a-z]+$/.test(last) && /^-[\d.]/.test(arg);
    return isValue ? [...done.slice(0, -1), `${last}=${arg}`] : [...done, arg];
  }, []);

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: joinNumbers(args),
      allowPositionals: true,
      options: {
        class: { type: "string" },
        arg: { type: "string", multiple: true },
        input: { type: "string", multiple: true },
        loss: { type: "string" },
        seed: { type: "string" },
        dtype: { type: "string" },
        mode: { type: "string" },
        precision: { type: "string" },
        optimizer: { type: "string" },
        lr: { type: "string" },
        steps: { type: "string" },
        budget: { type: "string" },
        root: { type: "string", multiple: true },
        "site-packages": { type: "string", multiple: true },
        case: { type: "string" },
        json: { type: "boolean" },
        output: { type: "string", short: "o" },
        "no-fixes": { type: "boolean" },
        version: { type: "boolean", short: "v" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // Node's own sentence, without the advice about `--` that follows it.
    const text = error instanceof Error ? error.message : String(error);
    throw wrong(text.split(/\.?(?:\n|\. )/)[0] ?? text);
  }
}

/** Reads the arguments after the script's name. Throws EngineError `usage` with one sentence. */
export function readCommand(args: readonly string[]): Command {
  const { values: v, positionals } = parse(args);
  const [verb, file, ...more] = positionals;
  const asked = verb === "export-script" ? verb : "analyze";
  const ask = v.help || args.length === 0 ? "help" : v.version ? "version" : asked;
  if (ask === asked) {
    if (verb !== asked)
      throw wrong(`unknown command ${verb ?? ""}: there are analyze and export-script`);
    if (!file && !v.case) throw wrong(`${asked} needs a FILE`);
    if (more.length > 0) throw wrong(`${asked} takes one FILE, not also ${more.join(" ")}`);
    if (v.output !== undefined && asked === "analyze")
      throw wrong("--output belongs to export-script");
  }
  const ms = 1000 * (v.budget ? numberOf("budget", v.budget, false) : DEFAULT_SECONDS);
  return {
    kind: ask,
    file,
    roots: v.root ?? [],
    casePath: v.case,
    sitePackages: v["site-packages"],
    json: v.json ?? false,
    output: v.output,
    fixes: !v["no-fixes"],
    wishes: {
      budget: budgetHere(ms),
      ...(v.class !== undefined && { entry: v.class }),
      ...(v.arg && { args: v.arg }),
      ...(v.input && { inputs: v.input }),
      ...(v.loss !== undefined && { loss: v.loss }),
      ...(v.seed !== undefined && { seed: numberOf("seed", v.seed, true) }),
      ...(v.dtype !== undefined && { dtype: oneOf("dtype", v.dtype, ["float32", "float64"]) }),
      ...(v.mode !== undefined && { mode: oneOf("mode", v.mode, ["train", "eval"]) }),
      ...optimizerOf(v),
      ...(v.precision !== undefined && {
        precision: oneOf("precision", v.precision, ["float16", "bfloat16"]),
      }),
    },
  };
}
