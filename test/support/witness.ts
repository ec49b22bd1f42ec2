/** Real PyTorch under Debian's Python, one long-lived process, asked by JSON lines. See witness.py. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Case } from "../../engine/protocol.ts";

const PYTHON = "/usr/bin/python3"; // Debian's python3-torch belongs to the system's interpreter
const SCRIPT = fileURLToPath(new URL("witness.py", import.meta.url));

/** Python source whose `result` is the answer; it sees torch, nn, F, math, `data` and `once_rounded` (once_rounded.py). */
export interface EvalRequest {
  readonly verb: "eval";
  readonly code: string;
  readonly data?: unknown;
}

/** One case of a corpus; `root` is the absolute folder that `file` and `path` are relative to. */
export interface CaseRequest {
  readonly verb: "case";
  readonly case: Case;
  readonly root: string;
  /** Further folders for sys.path, for packages that the machine lacks. */
  readonly library?: readonly string[];
  /** Folders searched after all others. */
  readonly last?: readonly string[];
  /** Of a script: the files that its run saw, below `root`. */
  readonly sources?: readonly string[];
  /** Paths that these name. */
  readonly named?: readonly string[];
  readonly dtype?: "float32" | "float64";
  /**
   * `ops`: calls per ATen operator; `layers`: l2 of each leaf module's output and its gradient; `rounding`: whether
   * a float64 run computes some of it in float32.
   */
  readonly want?: readonly ("ops" | "layers" | "rounding")[];
}

/** All model builders of Debian's torchvision, torchaudio and torchtext. */
export interface BuildersRequest {
  readonly verb: "builders";
}

/** A builder as a case; one for which no arguments are known has a reason and no entry. */
export interface BuilderCase extends Case {
  readonly reason?: string;
}

/** How many elements the parameters of a case's model have; nothing is allocated. */
export interface SizeRequest {
  readonly verb: "size";
  readonly case: Case;
  readonly root: string;
}

export interface WitnessTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: unknown;
}

export interface WitnessParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly valueL2: number;
  /** null: no gradient. */
  readonly l2: number | null;
  readonly first: readonly number[];
}

export interface WitnessLayer {
  readonly path: string;
  readonly type: string;
  readonly call: number;
  readonly shape: readonly number[];
  readonly l2: number;
  readonly gradL2: number | null;
}

/** What one run of a case gave. A script has `rngAtStep` in place of the other probes and no output. */
export interface WitnessRun {
  readonly loss: number;
  readonly lossKind: string;
  readonly rngAfterBuild?: number;
  readonly rngAfterInputs?: number;
  readonly rngAfterForward?: number;
  readonly rngAtStep?: number;
  readonly targetFirst: readonly number[];
  readonly outputShape?: readonly number[];
  readonly parameters: readonly WitnessParameter[];
  readonly layers?: readonly WitnessLayer[];
  readonly rounds?: boolean;
  readonly ops?: Readonly<Record<string, number>>;
}

/** What PyTorch raised: `message` is "Type: text". */
export class WitnessError extends Error {
  readonly trace: string;

  constructor(message: string, trace: string) {
    super(message);
    this.name = "WitnessError";
    this.trace = trace;
  }
}

type Answer = { readonly ok: unknown } | { readonly error: string; readonly trace: string };

export class Witness {
  #process: ChildProcess | undefined;
  #lines: Interface | undefined;
  readonly #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];

  /** Starts Python and waits until torch is imported (about 2 s). Throws where it is not installed. */
  async start(): Promise<void> {
    const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    const child = spawn(PYTHON, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"], env });
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout });
    this.#lines.on("line", (line) => this.#answer(JSON.parse(line) as Answer));
    const ready = this.#next();
    child.on("error", (error) => this.#fail(error));
    child.on("exit", (code) => this.#fail(new Error(`the witness ended with code ${code}`)));
    await ready;
  }

  async ask(request: CaseRequest): Promise<WitnessRun>;
  async ask(request: BuildersRequest): Promise<readonly BuilderCase[]>;
  async ask(request: SizeRequest): Promise<number>;
  async ask(request: EvalRequest): Promise<unknown>;
  async ask(request: CaseRequest | EvalRequest | BuildersRequest | SizeRequest): Promise<unknown> {
    const input = this.#process?.stdin;
    if (!input) throw new Error("internal: the witness is not started");
    const answer = this.#next();
    input.write(`${JSON.stringify(request)}\n`);
    return answer;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child) return;
    this.#process = undefined;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdin?.end();
    await ended;
    this.#lines?.close();
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #answer(answer: Answer): void {
    const asked = this.#waiting.shift();
    if ("ok" in answer) asked?.resolve(answer.ok);
    else asked?.reject(new WitnessError(answer.error, answer.trace));
  }

  #fail(error: Error): void {
    for (const asked of this.#waiting.splice(0)) asked.reject(error);
  }
}
