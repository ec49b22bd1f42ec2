import type { Span } from "../report.ts";
import type { Sentence } from "../said.ts";

/** What to build and run, in the format of a truth case; Python's side of it is chainrule/specs.py. */
export interface Spec {
  readonly entry: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputSpec[];
  readonly loss: string;
  readonly mode: "train" | "eval";
  readonly seed: number;
  /** Method to run in place of `forward`. */
  readonly call?: string;
  /** Keyword arguments of the run. */
  readonly call_kwargs?: Readonly<Record<string, unknown>>;
  /** Path to the tensor that the loss is taken of. */
  readonly output?: readonly (string | number)[];
  /** Inputs, from 0, whose floating tensors the gradients are taken of: those of a module without parameters. */
  readonly requires_grad?: readonly number[];
  /** The entry is a function of tensors: it is called on the inputs, not to build a model. */
  readonly function?: boolean;
  /** The file itself is run, up to its first optimizer step. */
  readonly script?: boolean;
  /** A script goes on until each of its optimizers has stepped once. */
  readonly each?: boolean;
  /** The command line that a script is run with; without it an empty one, then what a README documents. */
  readonly argv?: readonly string[];
  /** Rows that a batch of a script's DataLoader has at most. */
  readonly rows?: number;
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

/** What the code does with a parameter, or with a field of one; only what is so stands there. */
export interface Use {
  /** Strings that it is compared with. */
  readonly options?: readonly string[];
  /** Number of arguments with which the constructor calls it: a class or a function. */
  readonly called?: number;
  /** Called after the constructor: a module, or a function of tensors. */
  readonly module?: boolean;
  /** Names of the keyword arguments of those later calls. */
  readonly keywords?: readonly string[];
  /** Iterated, counted or indexed. */
  readonly many?: boolean;
  /** Elements that the code takes at least. */
  readonly count?: number;
  /** Names that the code gives elements, by index. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly tensor?: boolean;
  /** Number of axes, where the code takes the shape apart. */
  readonly rank?: number;
  readonly text?: boolean;
  readonly number?: boolean;
  /** Compared with None. */
  readonly nullable?: boolean;
  /** Parameters of torch's classes that it becomes: `Linear.in_features`. */
  readonly feeds?: readonly string[];
  /** How its fields are read: `cfg.width` or `cfg["width"]`. */
  readonly kind?: "attr" | "key";
  readonly fields?: readonly Field[];
  readonly item?: Use;
}
export interface Field extends Use {
  readonly name: string;
  /** Its value in a settings file of the project. */
  readonly set?: unknown;
}

/** A parameter of a constructor or of `forward`. */
export interface Param {
  readonly name: string;
  readonly hasDefault: boolean;
  readonly default: string | null;
  readonly annotation: string | null;
  readonly keywordOnly: boolean;
  /** The default that the file gives a parameter of this name elsewhere, as source. */
  readonly hint?: string | null;
  /** Values that the file itself gives it, as source. */
  readonly given?: readonly { readonly value: string; readonly why: Sentence }[];
  readonly use?: Use;
  /** A configuration: what makes it, what that takes, what the code reads of it, and the file's tables that hold all of that. */
  readonly config?: {
    readonly name: string;
    readonly params: readonly Param[];
    readonly fields: readonly Field[];
    readonly tables: readonly string[];
    /** The project's settings file that gives the fields their values. */
    readonly from?: string | null;
  };
}

/** A call of a model that the file itself makes, as Python source that stands for itself. */
export interface Example {
  readonly entry: string;
  readonly args: readonly string[];
  readonly kwargs: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
  readonly keywords: Readonly<Record<string, string>>;
  readonly line: number;
  /** It stands in a comment or a docstring. */
  readonly isShown?: boolean;
}

/** A class of another file, as far as its outline tells. */
export interface Outline {
  readonly module: string;
  readonly name: string;
  readonly has: readonly string[];
}

/** A class or factory at the file's top level. */
export interface EntryFacts {
  readonly name: string;
  readonly isClass: boolean;
  readonly at: Span;
  readonly line: number;
  /** Names that its body mentions. */
  readonly uses: readonly string[];
  /** A module that makes no layer with weights of torch's: what it is given need fit none. */
  readonly isWrapper?: boolean;
  /** Names of its attributes and methods. */
  readonly has: readonly string[];
  /** Modules of the file or of others that it derives from. */
  readonly bases: readonly string[];
  readonly params: readonly Param[];
  readonly forward: readonly Param[] | null;
  /** Of a class without `forward`: methods that run its layers. */
  readonly methods: readonly { readonly name: string; readonly params: readonly Param[] }[];
  /** A function of tensors: `forward` holds its parameters. */
  readonly isFunction?: boolean;
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
  readonly hidden_size?: number;
  readonly num_layers?: number;
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
  /** Lengths that an input may have to match: rows of positional tables, attributes named like a length. */
  readonly lengths?: readonly number[];
  /** Image sides that the constructor was given, or takes by default. */
  readonly sides?: readonly number[];
  /** Features per row that the constructor was given, or takes by default. */
  readonly widths?: readonly number[];
  /** Lists of numbers that the constructor was given. */
  readonly lists?: readonly (readonly number[])[];
  /** `forward` takes any number of inputs. */
  readonly isVariadic?: boolean;
  /** A Lightning module's training_step; null for any other. */
  readonly trainingStep?: TrainingStep | null;
  /** Methods that make a first hidden state, with the number of their parameters. */
  readonly starts?: readonly { readonly name: string; readonly params: number }[];
}

/** What a training_step takes out of its batch: so many values, or these keys. */
export interface TrainingStep {
  readonly params: number;
  readonly unpacks: number | null;
  readonly keys: readonly string[];
}

/** A value of a spec as Python source. */
export function show(v: unknown): string {
  if (Array.isArray(v)) return `[${v.map(show).join(", ")}]`;
  if (v !== null && typeof v === "object") {
    if ("$py" in v) return String(v.$py);
    const items = Object.entries(v).map(([k, x]) => `'${k}': ${show(x)}`);
    return `{${items.join(", ")}}`;
  }
  if (v === null) return "None";
  if (v === true) return "True";
  if (v === false) return "False";
  return typeof v === "string" ? `'${v.replace(/[\\']/g, "\\$&")}'` : JSON.stringify(v);
}

/** `Net(depth=12)` as a user would write it. */
export function callText(spec: Pick<Spec, "entry" | "args" | "kwargs">): string {
  const parts = [
    ...spec.args.map(show),
    ...Object.entries(spec.kwargs).map(([k, v]) => `${k}=${show(v)}`),
  ];
  return `${spec.entry}(${parts.join(", ")})`;
}
