import type { Span } from "../report.ts";

/** What to build and run, in the format of a truth case; Python's side of it is chainrule/specs.py. */
export interface Spec {
  readonly entry: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputSpec[];
  readonly loss: string;
  readonly mode: "train" | "eval";
  readonly seed: number;
}

export interface InputSpec {
  readonly kind: "randn" | "rand" | "randint" | "zeros" | "ones" | "py";
  readonly shape?: readonly number[];
  readonly low?: number;
  readonly high?: number;
  readonly expr?: string;
}

/** A Python expression inside JSON. */
export const py = (expression: string): { readonly $py: string } => ({ $py: expression });

/** A parameter of a constructor or of `forward`. */
export interface Param {
  readonly name: string;
  readonly hasDefault: boolean;
  readonly default: string | null;
  readonly annotation: string | null;
  readonly keywordOnly: boolean;
}

/** A class or factory at the file's top level. */
export interface EntryFacts {
  readonly name: string;
  readonly isClass: boolean;
  readonly at: Span;
  readonly line: number;
  /** Names that its body mentions. */
  readonly uses: readonly string[];
  readonly params: readonly Param[];
  readonly forward: readonly Param[] | null;
}

/** What a built model tells of a layer, in registration order. */
export interface LayerFacts {
  readonly path: string;
  readonly type: string;
  readonly in_channels?: number;
  readonly in_features?: number;
  readonly in1_features?: number;
  readonly in2_features?: number;
  readonly num_embeddings?: number;
  readonly input_size?: number;
  readonly num_features?: number;
  readonly embed_dim?: number;
  readonly batch_first?: boolean;
  readonly kernel_size?: number | readonly number[];
  readonly stride?: number | readonly number[];
}

export interface ModelFacts {
  readonly layers: readonly LayerFacts[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly forward: readonly Param[];
}

/** `Net(depth=12)` as a user would write it. */
export function callText(spec: Pick<Spec, "entry" | "args" | "kwargs">): string {
  const show = (v: unknown): string => {
    if (v !== null && typeof v === "object" && "$py" in v) return String(v.$py);
    if (v === null) return "None";
    if (v === true) return "True";
    if (v === false) return "False";
    return typeof v === "string" ? `'${v}'` : JSON.stringify(v);
  };
  const parts = [
    ...spec.args.map(show),
    ...Object.entries(spec.kwargs).map(([k, v]) => `${k}=${show(v)}`),
  ];
  return `${spec.entry}(${parts.join(", ")})`;
}
