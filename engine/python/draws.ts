import { assert, TorchError } from "../errors.ts";
import { iterationOrder } from "../layout.ts";
import { binomial, gamma, poisson } from "../rejection.ts";
import type { Generator } from "../random.ts";
import type { Session } from "../session.ts";
import type { Tensor } from "../tensor.ts";
import type { Handles } from "./handles.ts";

/** Draws into a contiguous tensor. a and b are the kind's two numbers, `other` its tensor. */
const KINDS: Readonly<
  Record<
    string,
    (g: Generator, x: Tensor, a: number, b: number, other: Tensor | null, serial: boolean) => void
  >
> = {
  uniform: (g, x, a, b) => {
    if (x.dtype === "float16" || x.dtype === "bfloat16")
      g.uniformHalf(x.ptr, x.size, x.dtype, a, b);
    else g.uniform(x.elem, x.ptr, x.size, a, b);
  },
  normal: (g, x, a, b, _, serial) => g.normal(x.elem, x.ptr, x.size, a, b, serial),
  /** Integers a..b−1. */
  random: (g, x, a, b) => g.random(x.elem, x.ptr, x.size, a, b),
  randomFull: (g, x) => {
    g.randomFull(x.elem, x.ptr, x.size, x.dtype);
  },
  randperm: (g, x) => g.randperm(x.ptr, x.size),
  bernoulli: (g, x, a) => g.bernoulli(x.elem, x.ptr, x.size, a),
  /** p from `other`, contiguous, same number of elements. */
  bernoulliTensor: (g, x, _a, _b, other) =>
    g.bernoulliTensor(x.elem, x.ptr, other!.ptr, x.size, other!.elem),
  exponential: (g, x, a) => g.exponential(x.elem, x.ptr, x.size, a),
  geometric: (g, x, a) => g.geometric(x.elem, x.ptr, x.size, a),
  logNormal: (g, x, a, b) => g.logNormal(x.elem, x.ptr, x.size, a, b),
  cauchy: (g, x, a, b) => g.cauchy(x.elem, x.ptr, x.size, a, b),
  /** x: [rows, a] int64 (or [a]) from the weights `other`: [rows, n]; b = 1: with replacement. */
  multinomial: (g, x, a, b, other) => {
    const n = other!.shape.at(-1)!;
    g.multinomial(other!.elem, x.ptr, other!.ptr, other!.size / n, n, a, b === 1);
  },
  /** x ← one draw for each x, which holds the parameter: concentration, rate; binomial: x counts the trials, `other` has probabilities. */
  gamma: (g, x) => {
    g.each(x.elem, x.ptr, x.size, (source, alpha) =>
      Math.max(gamma(source, alpha, x.elem === 0), x.elem === 0 ? 2 ** -126 : 2 ** -1022),
    );
  },
  poisson: (g, x) => {
    g.each(x.elem, x.ptr, x.size, poisson);
  },
  binomial: (g, x, _a, _b, other) => {
    g.each(x.elem, x.ptr, x.size, binomial, other!.ptr);
  },
  /** No draw: x ← erfinv(x) with PyTorch's roundings, for trunc_normal_. */
  erfinv: (g, x) => g.erfinv(x.elem, x.ptr, x.ptr, x.size),
};

/** Fills x in place as PyTorch's CPU generator does; a strided x gets its values in PyTorch's order. A meta tensor draws nothing. */
function fillRandom(
  s: Session,
  generator: Generator,
  kind: string,
  x: Tensor,
  a: number,
  b: number,
  other: Tensor | null,
): void {
  const draw = KINDS[kind];
  assert(draw, `random kind ${kind}`);
  if (x.isMeta || x.size === 0) return;
  if (s.gradMode && x.requiresGradLeaf)
    throw new TorchError(
      "RuntimeError",
      "a leaf Variable that requires grad is being used in an in-place operation.",
    );
  x.storage!.beforeWrite();
  s.backend.scoped(() => {
    const source = other && s.backend.contiguous(other);
    if (x.isContiguous) {
      draw(generator, x, a, b, source, false);
      s.backend.rounded(x);
    } else {
      // In the order of memory, as PyTorch walks: a transposed tensor is filled along its columns.
      const order = other ? null : iterationOrder([x], x.shape);
      const to = order
        ? s.backend.alias(
            x,
            order.map((axis) => x.shape[axis]!),
            order.map((axis) => x.strides[axis]!),
            x.offset,
          )
        : x;
      const fresh = s.backend.empty(to.shape, x.dtype);
      draw(generator, fresh, a, b, source, true);
      s.backend.write(to, s.backend.rounded(fresh));
    }
    return null;
  });
  x.storage!.written(s.site);
}

/** The bridge's functions of the random generator; `guarded` as the bridge has it. */
export const chances = (
  s: Session,
  handles: Handles,
  generator: Generator,
  guarded: (bad: number, body: () => number) => number,
) => ({
  seed: (text: string): void => {
    generator.seed(BigInt(text));
  },
  initialSeed: (): string => String(generator.initialSeed),
  /** The next integer 0..below−1, without drawing it. */
  peekInteger: (below: number): number =>
    guarded(-1, () => {
      const [state, drawn] = [generator.getState(), s.backend.empty([1], "int64")];
      generator.randint(drawn.ptr, 1, 0, below);
      generator.setState(state);
      return s.backend.read(drawn)[0] ?? -1;
    }),
  rngState: (): string => String.fromCharCode(...generator.getState()),
  setRngState: (latin1: string): void => {
    generator.setState(Uint8Array.from(latin1, (c) => c.charCodeAt(0)));
  },
  /** Fills h in place: `kind` as in fillRandom. */
  random: (kind: string, h: number, a: number, b: number, other: number): number =>
    guarded(-1, () => {
      fillRandom(s, generator, kind, handles.get(h), a, b, other < 0 ? null : handles.get(other));
      return 0;
    }),
});
