/** The table of the libraries of the web beside Chainrule's plain step: what computes PyTorch's loss and gradients is timed, in processes of their own. */
import { execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../../support/host.ts";
import { table } from "../figures.ts";
import { NODE, PYTHON } from "../sides.ts";
import type { BenchSubject } from "../subjects.ts";
import { MODELS } from "./models.ts";

const LIMIT_S = 20; // from the process's start to the end of its first step
const TOLERANCE = 1e-4; // relative, of loss and norm of the gradients: all in float32

interface Said {
  readonly loss?: number;
  readonly norm?: number;
  readonly ms?: number;
  readonly error?: string;
}
type Outcome = { readonly ms: number; readonly off: number } | { readonly why: string };

const away = (found: number | undefined, wanted = NaN): number =>
  Math.abs((found ?? NaN) / wanted - 1);

/** One library's fastest step; the first is stopped at the limit. */
async function outcome(args: readonly string[], wanted: Said): Promise<Outcome> {
  const script = path.join(ROOT, "test/bench/rivals.ts");
  const child = spawn(NODE, ["--import", "tsx", script, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stopped = false;
  const limit = setTimeout(() => {
    stopped = child.kill("SIGKILL");
  }, LIMIT_S * 1000);
  const said: Said[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue; // a library's own greeting
    said.push(JSON.parse(line) as Said);
    clearTimeout(limit);
  }
  clearTimeout(limit);
  const [first, last] = [said[0], said.at(-1)];
  if (stopped) return { why: `over ${LIMIT_S} s, building and compiling included` };
  if (!first || !last) return { why: "cannot run it: its process ended without a word" };
  if (last.error !== undefined) return { why: `cannot run it: ${last.error}` };
  const off = Math.max(away(first.loss, wanted.loss), away(first.norm, wanted.norm));
  if (!(off < TOLERANCE)) return { why: `computes something else: ${off.toExponential(1)} away` };
  return { ms: last.ms ?? NaN, off };
}

/** Empty for a model that is not written for them. `plain`: ms of Chainrule's fastest plain step. */
export async function rivals(subject: BenchSubject, plain: number): Promise<string> {
  const model = MODELS[subject.name];
  if (!model) return "";
  const { file, entry, input } = subject;
  const witness = path.join(ROOT, "test/bench/rivals/plain.py");
  const told = execFileSync(PYTHON, [witness, file, entry, input], { encoding: "utf8" });
  const wanted = JSON.parse(told) as Said;
  const rows: string[][] = [["Chainrule", plain.toFixed(0), "", ""]];
  for (const [name, library] of [
    ["TensorFlow.js, wasm", "wasm"],
    ["TensorFlow.js, cpu", "cpu"],
    ["jax-js, wasm", "jax"],
  ] as const) {
    const tell = async (title: string, ...more: string[]): Promise<Outcome> => {
      const found = await outcome([subject.name, library, ...more], wanted);
      rows.push(
        "why" in found
          ? [title, found.why, "", ""]
          : [title, found.ms.toFixed(0), (found.ms / plain).toFixed(1), found.off.toExponential(1)],
      );
      return found;
    };
    const found = await tell(name);
    if (model.vocabulary && "why" in found && found.why.startsWith("cannot"))
      await tell(`${name}, the embedding as a product with one-hot rows`, "one-hot");
  }
  const head = ["", "ms", "times Chainrule's", "off PyTorch's"];
  return `\n\nTraining step alone, the fastest of several; off: loss and norm of all gradients, at weights by formula.\n\n${table(head, rows)}`;
}
