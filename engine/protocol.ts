/** Messages between client and worker, and between worker and room. Types only. */
import type { KernelModules } from "./kernels/index.ts";
import type { OptimizerName } from "./optimizers.ts";
import type { Report } from "./report.ts";
import type { RuleSettings } from "./rules/configure.ts";
import type { SnapshotFile } from "./room/snapshotFile.ts";

/** A case in the format of a truth corpus: every field as in its `cases.json`. */
export interface Case {
  readonly id: string;
  readonly file: string;
  readonly entry?: string;
  readonly [field: string]: unknown;
}

export interface AnalyzeRequest {
  /** Path of the file to analyse; a key of `sources`. Absolute or workspace-relative, `/` separated. */
  readonly file: string;
  /** Python sources that the run may import, by path. The room sees these and nothing else. */
  readonly sources: Readonly<Record<string, string>>;
  /** Folders put on `sys.path`, in order, after the file's own. */
  readonly roots: readonly string[];
  /** Folders around the file's own that hold modules it imports: on `sys.path` after the standard library. */
  readonly outer?: readonly string[];
  /** Class or factory to take; without it the directive, then inference decides. */
  readonly entry?: string;
  /** Constructor arguments as Python source: `["depth=12", "'relu'"]`. */
  readonly args?: readonly string[];
  /** Inputs as Python source of a shape or an expression: `["(32, 1, 28, 28)"]`, `["randint(0, 10, (2, 8))"]`. */
  readonly inputs?: readonly string[];
  /** `cross_entropy(10)`, `mse`, `sum`. */
  readonly loss?: string;
  readonly seed?: number;
  readonly dtype?: "float32" | "float64";
  readonly mode?: "train" | "eval";
  /** A second run under CUDA's autocast in this type. */
  readonly precision?: "float16" | "bfloat16";
  /** Steps of this optimizer on the run's batch, in a run of their own; of a script its own optimizers are followed. */
  readonly optimizer?: OptimizerName;
  /** Its learning rate; absent: its usual one. */
  readonly lr?: number;
  /** How many steps; absent: 20. */
  readonly steps?: number;
  /** Severities and limits of rules, by code. */
  readonly rules?: RuleSettings;
  readonly case?: Case;
  /** False: what the file's other classes would be run with is not looked at. */
  readonly others?: boolean;
  /** The subject as a known run found it (`Outcome.found`): if the search finds the same, nothing is run but what `others` asks. */
  readonly known?: string;
  readonly budget?: Budget;
  /** What the run's door is open for; set by the client from the door that it is given. */
  readonly open?: DoorFolders;
}

/** Folders whose Python files a run may ask for while it runs: absolute, `/` separated, without a slash at the end. */
export interface DoorFolders {
  readonly workspace: readonly string[];
  /** `site-packages` of the user's Python environment, searched after everything of the user's own. */
  readonly environment: readonly string[];
}

/** What the room asks of its door. */
export interface Question {
  readonly kind: "list" | "read";
  readonly path: string;
}

export interface Budget {
  /** Milliseconds from the first line of the user's file to the report. */
  readonly ms: number;
  /** Bytes of tensors. */
  readonly bytes: number;
}

export type Phase = "boot" | "import" | "subject" | "forward" | "backward" | "measure" | "rules";

/** What all rooms of a process are made of: compiled code, which V8 keeps once, and the snapshot's place. */
export interface RoomParts {
  readonly wasm: WebAssembly.Module;
  /** Over shared memory. */
  readonly kernels: KernelModules;
  readonly snapshot: SnapshotFile | undefined;
}

export interface EngineFiles {
  /** Folder with `worker.cjs`, `room.js`, `kernels*.wasm`, the snapshot and CPython's files. */
  readonly dir: string;
  /** False: no spare is booted after a run (for a command that runs once). Default true. */
  readonly spare?: boolean;
  /** Folder of the user's own for compiled code: what V8 makes of the engine's script and modules, some 3 MB, and CPython of sources, up to 32 MB. */
  readonly cache?: string;
  /** The process is ours: V8's flags may be changed for a moment (kernels/wide.ts). Default false; results do not depend on it. */
  readonly wide?: boolean;
  /** Threads that compute, 1 to 9. Default: the machine's, no more than 4. Results do not depend on it. */
  readonly threads?: number;
}

/** What an interpreter that waits can do for the run that it will have: learn our code, take memory for tensors, compile a file that the run may import. */
export type Preparation =
  | { readonly kind: "warm" }
  | { readonly kind: "memory"; readonly bytes: number }
  | { readonly kind: "compile"; readonly path: string; readonly text: string };

/** What came of a preparation. */
export interface Prepared {
  /** False for a file that does not compile, or not without a warning. */
  readonly ok: boolean;
  /** Of a file that was compiled: bytecode, in base64. */
  readonly code?: string;
}

/** What a run ends with. */
export interface Outcome {
  readonly report: Report;
  /** Which of the request's sources it has looked at. */
  readonly read: readonly string[];
  /** Lines of the request's file where functions are defined that never began. */
  readonly idle: readonly number[];
  /** The same, before the file's other classes were looked at: more. */
  readonly unmeasured: readonly number[];
  /** The subject as the search found it, without places; null: none was looked for. */
  readonly found: string | null;
  /** It is the one that was asked for as `known`: the report holds the candidates alone. */
  readonly isKnown: boolean;
}

export type ToWorker =
  | { readonly type: "open"; readonly parts: RoomParts }
  /** The report has come: nothing more is asked. */
  | { readonly type: "leave" }
  | { readonly type: "prepare"; readonly task: Preparation }
  | {
      readonly type: "analyze";
      readonly request: AnalyzeRequest;
      /** Of its sources, by path, where it is known. */
      readonly bytecode: ReadonlyMap<string, Uint8Array>;
    }
  | {
      readonly type: "answer";
      readonly id: number;
      readonly text: string | null;
      readonly code: Uint8Array | undefined;
    };

export type FromWorker =
  | { readonly type: "ready"; readonly ms: number }
  | { readonly type: "ask"; readonly id: number; readonly question: Question }
  | { readonly type: "progress"; readonly phase: Phase; readonly detail: string }
  | ({ readonly type: "prepared" } & Prepared)
  /** What the report will say, but for the file's other classes; the report follows. */
  | { readonly type: "measured"; readonly report: Report }
  | ({ readonly type: "report" } & Outcome)
  | { readonly type: "failed"; readonly code: string; readonly message: string };
