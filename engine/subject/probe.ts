import type { Extent } from "../measure/extent.ts";
import type { Load } from "../budget.ts";
import type { Said, Span } from "../report.ts";
import type { EntryFacts, ModelFacts, Outline, Spec } from "./spec.ts";
import { inMessage, type Sentence } from "../said.ts";

export type Side = number | readonly number[];

/** An exception in the user's code, as Python's side tells it. */
export interface Problem {
  readonly type: string;
  readonly message: string;
  /** Of a problem that Chainrule itself states. */
  readonly said?: Said;
  readonly at: Span | null;
  readonly unsupported: string | null;
  /** Where what a backward pass needed was overwritten. */
  readonly overwritten?: readonly Span[];
  /** Where the layer of PyTorch's was made that was running. */
  readonly madeAt?: Span | null;
  readonly isMeta: boolean;
  /** What the failing statement has to do with the outermost function's parameters. */
  readonly blame?: {
    readonly names: readonly string[];
    /** Names → numbers that the failing statement reads. */
    readonly test: Readonly<Record<string, number>>;
    /** What a failing equation compared: numbers or lists of them. */
    readonly sides?: readonly (readonly [Side, Side])[];
    /** Text of the failing statement's first line. */
    readonly line: string;
    /** Line in the outermost function. */
    readonly outer: number;
  };
}

export type Answer<T> =
  ({ readonly ok: true } & T) | { readonly ok: false; readonly problem: Problem };

/** A forward pass that went through. */
export interface Attempt {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The fewest values per channel that a batch normalisation averages over; null without one. */
  readonly samples: number | null;
  /** Null where the output is itself an input. */
  readonly extent: Extent | null;
  /** No NaN and no infinity in it, as far as values were computed. */
  readonly isFinite: boolean;
  /** Paths to single numbers in the output. */
  readonly scalars: readonly (readonly (string | number)[])[];
}

/** What was computed until a probe ended: how far it got, and what it would cost. */
export interface Made {
  readonly ops: number;
  readonly flops: number;
  readonly bytes: number;
}

/** On meta tensors; with values in the constructor alone, where it reads some; with values throughout. */
export type Mode = "meta" | "built" | "real";

/** What finding a subject asks of Python. */
export interface Prober {
  ready(spec: Spec, mode: Mode): Answer<ModelFacts> & { readonly made: Made };
  attempt(spec: Spec, mode: Mode): Answer<Attempt> & { readonly made: Made };
  /** Classes of the files that this one imports, and of those beside it. */
  outlines(): readonly Outline[];
  /** What is to be known of such classes; without those whose file does not import. */
  facts(picked: readonly Outline[]): readonly EntryFacts[];
  /** What all questions so far have cost, in units of a plain one: counted, so that it is the same on every machine. */
  spent(): number;
  /** Bytes of the parameters and of all results of the model and the forward pass that went through last. */
  takes(): number;
  /** Milliseconds since some start. */
  now(): number;
  /** The heaviest forward pass that the request's budget has room for, beside a model of so many elements. */
  most(elements: number): Load;
}

/** Operations that take as long as asking at all; where values are computed, floating-point operations and bytes of results. */
const OPS = 100;
const FLOPS = 1e8;
const BYTES = 2e7;

/** The work of one question: building or running costs Python's time even where nothing is computed. */
export const workOf = (made: Made, mode: Mode): number =>
  1 + made.ops / OPS + (mode === "meta" ? 0 : made.flops / FLOPS + made.bytes / BYTES);

export const told = (type: string, message: Sentence): Problem => ({
  type,
  ...inMessage(message),
  at: null,
  unsupported: null,
  isMeta: false,
});
