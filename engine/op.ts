import type { Backend } from "./backend.ts";
import type { DType } from "./dtype.ts";
import type { Executor } from "./executor.ts";
import type { Shape } from "./shape.ts";
import type { Geometry, Tensor } from "./tensor.ts";

/** Plain data beside the tensors: axes, strides, flags. */
export type Attrs = Readonly<Record<string, unknown>>;

/** How the op behaves when its tensors are float16 or bfloat16. */
export type HalfRule =
  /** Sums in f32, one rounding on store: matmul, convolutions, reductions, normalisations. */
  | { readonly accumulate: "f32"; readonly round: "once" }
  /** Elementwise: computed in f32, one rounding on store. */
  | { readonly round: "once" }
  /** Moves values without computing. */
  | { readonly round: "none" };

/** Shapes (and attributes) on which the op's vjp is compared with central differences in float64. */
export interface GradcheckCase<I extends string, A> {
  readonly shapes: Readonly<Partial<Record<I, Shape>>>;
  readonly attrs?: A;
  /** Range of the random inputs, default −2..2: keeps `log` positive, `acos` inside its domain. */
  readonly range?: readonly [number, number];
  /** Inputs that are integers (indices) in 0..n−1, and not differentiated. */
  readonly integers?: Readonly<Partial<Record<I, number>>>;
  /** 1: the derivative itself cannot be differentiated; its vjp says so by UnsupportedError. Default 2. */
  readonly order?: 1 | 2;
}

/** A cotangent, computed only when somebody needs it; null: no gradient flows there. */
export type Cotangent = (() => Tensor) | null;

export type Saves<I extends string> =
  readonly (I | "out")[] | Readonly<Partial<Record<I, readonly (I | "out")[]>>>;

/** Everything an op states, in one place (STYLE.md, section 3). */
export interface OpDef<I extends string, A extends Attrs> {
  readonly name: string;
  readonly inputs: readonly I[];
  /** Inputs that may be absent. Absent ones are not passed to `forward` as tensors but as null. */
  readonly optional?: readonly I[];
  /**
   * "same": inputs are promoted to one dtype, which is the result's; "float": likewise, and integers become the
   * default float first; "compare": promoted, the result is bool. Absent: dtypes are as given.
   */
  readonly promote?: "same" | "float" | "compare";
  /** Index of the first input that takes part in promotion, default 0 (`where`: 1, the condition stays bool). */
  readonly promoteFrom?: number;
  /** Element by element: the result lies in memory in the order of its inputs, as PyTorch's iterators lay it (see layout.ts). */
  readonly elementwise?: true;
  /** Result dtype; default: the promoted one, else the first input's. */
  readonly dtype?: (dtypes: Readonly<Record<I, DType>>, attrs: A) => DType;
  /** Result shape; also runs for meta tensors. Throws ShapeError. */
  readonly shape: (shapes: Readonly<Record<I, Shape>>, attrs: A) => Shape;
  /** A view shares its input's storage: where its elements lie there. A view has no `forward`. */
  readonly view?: (x: Geometry, attrs: A) => Geometry;
  /** Of a view whose transpose writes the cotangent where the view's elements lie: that place. */
  readonly place?: (x: Geometry, attrs: A) => Geometry;
  readonly forward?: (k: Backend, inputs: Readonly<Record<I, Tensor>>, attrs: A) => Tensor;
  /**
   * What the vjp reads; nothing else is kept until backward. The rest arrive as meta tensors. By input: what the cotangent of that input
   * reads, so that x · 2 keeps no x.
   */
  readonly saves: Saves<I>;
  /** One entry per input; null: not differentiable at all. */
  readonly vjp:
    | ((
        k: Executor,
        ct: Tensor,
        inputs: Readonly<Record<I | "out", Tensor>>,
        attrs: A,
      ) => Readonly<Record<I, Cotangent>>)
    | null;
  readonly half: HalfRule;
  /** Multiplications and additions of one forward; default: one per output element. */
  readonly flops?: (shapes: Readonly<Record<I, Shape>>, out: Shape, attrs: A) => number;
  readonly gradcheck: readonly GradcheckCase<I, A>[];
}

/** An op as the engine runs it: inputs by position. */
export interface Op {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Any number of inputs, all named "0", "1", … (`cat`). */
  readonly variadic: boolean;
  readonly def: OpDef<string, Attrs>;
}

/** Type-checks a definition and makes it runnable. */
export function defineOp<I extends string, A extends Attrs = Readonly<Record<never, never>>>(
  def: OpDef<I, A>,
): Op {
  return {
    name: def.name,
    inputs: def.inputs,
    variadic: false,
    def: def as unknown as OpDef<string, Attrs>,
  };
}

/** An op over a list of tensors: the records are keyed "0", "1", … */
export function defineListOp<A extends Attrs>(def: Omit<OpDef<string, A>, "inputs">): Op {
  return {
    name: def.name,
    inputs: [],
    variadic: true,
    def: { ...def, inputs: [] } as unknown as OpDef<string, Attrs>,
  };
}
