import { isHalf } from "./dtype.ts";
import { RECURRENT_GATES } from "./kernels/kernels.ts";
import type { WholeAttrs } from "./ops/recurrent.ts";
import type { Session } from "./session.ts";
import { sameShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

type Mode = WholeAttrs["mode"];
export interface RecurrentAttrs {
  readonly mode: Mode;
  /** Rows of each time step, none larger than the one before. */
  readonly sizes: readonly number[];
  readonly reverse: boolean;
}
/** What a step reads and writes: h: [n, P], c: [n, H] for LSTM. */
type State = readonly [h: Tensor] | readonly [h: Tensor, c: Tensor];
type Step = (gates: Tensor, state: State) => State;

/**
 * x in parts along an axis, as views of one node: their cotangents are joined once, where single slices would each be
 * spread over a whole tensor of zeros.
 */
export function parts(
  s: Session,
  x: Tensor,
  axis: number,
  lengths: readonly number[],
): readonly Tensor[] {
  if (lengths.length === 1) return [x];
  let at = 0;
  const views = lengths.map((n) => {
    const shape = x.shape.map((d, i) => (i === axis ? n : d));
    const view = s.backend.alias(x, shape, x.strides, x.offset + at * x.strides[axis]!);
    at += n;
    return view;
  });
  if (s.gradMode && s.edge(x))
    s.recordCustom(
      [x],
      views,
      (cts) => {
        const like = cts.find((ct) => ct !== null)!;
        const whole = cts.map((ct, i) => {
          const shape = x.shape.map((d, j) => (j === axis ? lengths[i]! : d));
          return ct ?? s.k.full(shape, like, 0);
        });
        return [s.k.cat(whole, axis)];
      },
      () => undefined,
    );
  return views;
}

/** x as another place on the tape. */
function apart(s: Session, x: Tensor): Tensor {
  const view = s.backend.alias(x, x.shape, x.strides, x.offset);
  if (s.gradMode && s.edge(x))
    s.recordCustom(
      [x],
      [view],
      (cts) => cts,
      () => undefined,
    );
  return view;
}

const product = (h: Tensor, s: Session, w: Tensor): Tensor => s.call("matmul", [h, s.k.mT(w)]);

/** h′ = act(gates + h Wᵀ). */
const plainStep =
  (s: Session, act: "tanh" | "relu", w: Tensor): Step =>
  (gates, [h]) => [s.call(act, [s.k.add(gates, product(h, s, w))])];

/** i, f, g, o = gates + h Wᵀ; c′ = σ(f) c + σ(i) tanh(g); h′ = σ(o) tanh(c′), projected by wr where there is one. */
const lstmStep =
  (s: Session, w: Tensor, wr: Tensor | null): Step =>
  (gates, [h, c]) => {
    const width = gates.shape[1]! / 4;
    const all = s.k.add(gates, product(h, s, w));
    const [i, f, g, o] = parts(s, all, 1, [width, width, width, width]);
    const kept = s.k.mul(s.k.sigmoid(f!), c!);
    const next = s.k.add(kept, s.k.mul(s.k.sigmoid(i!), s.k.tanh(g!)));
    const out = s.k.mul(s.k.sigmoid(o!), s.k.tanh(next));
    return [wr ? product(out, s, wr) : out, next];
  };

/** r, z, n: σ, σ, tanh(gates_n + r (h Wₙᵀ + bₙ)); h′ = n + z (h − n). */
const gruStep =
  (s: Session, w: Tensor, b: Tensor | null): Step =>
  (gates, [h]) => {
    const width = gates.shape[1]! / 3;
    const own = product(h, s, w);
    const [inner, candidate] = parts(s, b ? s.k.add(own, b) : own, 1, [2 * width, width]);
    const [outer, fresh] = parts(s, gates, 1, [2 * width, width]);
    const [r, z] = parts(s, s.k.sigmoid(s.k.add(outer!, inner!)), 1, [width, width]);
    const n = s.k.tanh(s.k.add(fresh!, s.k.mul(r!, candidate!)));
    return [s.k.add(s.k.mul(s.k.sub(h, n), z!), n)];
  };

const stepOf = (mode: Mode, s: Session, wh: Tensor, bh: Tensor | null, wr: Tensor | null): Step =>
  mode === "LSTM"
    ? lstmStep(s, wh, wr)
    : mode === "GRU"
      ? gruStep(s, wh, bh)
      : plainStep(s, mode, wh);

/** Whether the whole sequence runs as one op: whole batches, of sizes and dtypes that fit. */
function isWhole(
  { mode, sizes }: RecurrentAttrs,
  [gates, h, c, wh, bh]: readonly [Tensor, h: Tensor, c: Tensor | null, Tensor, Tensor | null],
): boolean {
  const [n, H] = [h.shape[0]!, h.shape[1]!];
  const all = RECURRENT_GATES[mode] * H;
  return (
    n * H > 0 &&
    sizes.every((rows) => rows === n) &&
    [gates, h, c, wh, bh].every((x) => !x || (x.dtype === h.dtype && !isHalf(x.dtype))) &&
    sameShape(gates.shape, [n * sizes.length, all]) &&
    (!c || sameShape(c.shape, h.shape)) &&
    (!bh || sameShape(bh.shape, [all])) &&
    sameShape(wh.shape, [all, H])
  );
}

/**
 * Cotangents of gates, h, c, wh and bh from `recurrentWhole`'s, one behind the other. Where they are themselves to be differentiated, the steps run
 * once more, op by op.
 */
export function recurrentGrad(
  s: Session,
  [ct, gates, h0, c0, wh, bh, r]: readonly (Tensor | null)[],
  attrs: WholeAttrs,
): Tensor {
  if (!s.gradMode) return s.call("recurrentStatesGrad", [ct!, h0!, wh!, bh!, r!], { ...attrs });
  const { mode, steps, reverse } = attrs;
  const sizes = new Array<number>(steps).fill(h0!.shape[0]!);
  const inputs = [gates, h0, c0, wh, bh].map((x) => x ?? null);
  return derived(s, ct!, inputs, ([own, h, c, weight, bias]) => {
    const state = (c ? [h!, c] : [h!]) as State;
    const step = stepOf(mode, s, weight!, bias ?? null, null);
    return stepByStep(s, parts(s, own!, 0, sizes), state, step, { sizes, reverse });
  });
}

/** Cotangents of what is there of `given`, one behind the other, through ops that `run` calls with them: so they can be differentiated. */
export function derived(
  s: Session,
  ct: Tensor,
  given: readonly (Tensor | null)[],
  run: (inputs: readonly (Tensor | null)[]) => Tensor,
): Tensor {
  // Their own places on the tape: the walk ends there, and what earlier cells did with the same weight stays theirs.
  const inputs = given.map((x) => x && apart(s, x));
  const present = inputs.filter((x) => x !== null);
  const found = s.backward([{ tensor: run(inputs), ct }], {
    ...{ retainGraph: true, createGraph: true, accumulate: false },
    inputs: present,
  });
  const flat = present.map((x, i) => s.k.reshape(found[i] ?? s.k.full(x.shape, x, 0), [x.size]));
  return s.k.cat(flat, 0);
}

/**
 * One layer of an RNN in one direction. x: [rows, I], the steps' rows one after another; h: [N, P], c: [N, H] or absent;
 * weights and biases as PyTorch names them. Result: the outputs [rows, P] in x's order, the last h and, for LSTM, the
 * last c, as one list of elements.
 */
export function recurrent(
  s: Session,
  [x, h0, c0, wi, wh, bi, bh, wr]: readonly (Tensor | null)[],
  { mode, sizes, reverse }: RecurrentAttrs,
): Tensor {
  const joined = bi && bh && mode !== "GRU" ? s.k.add(bi, bh) : (bi ?? null);
  const gates = s.call("linear", [x!, wi!, joined]);
  const own = mode === "GRU" ? (bh ?? null) : null;
  const tensors = [gates, h0!, c0 ?? null, wh!, own] as const;
  if (!wr && isWhole({ mode, sizes, reverse }, tensors)) {
    const whole = { mode, steps: sizes.length, reverse };
    const r = s.call("recurrentStates", tensors, whole);
    return s.call("recurrentWhole", [...tensors, r], whole);
  }
  const step = stepOf(mode, s, wh!, own, wr ?? null);
  const initial = (c0 ? [h0!, c0] : [h0!]) as State;
  return stepByStep(s, parts(s, gates, 0, sizes), initial, step, { sizes, reverse });
}

/** The outputs in x's order, then the last states, as one list of elements; inputs: the gates of each step. */
function stepByStep(
  s: Session,
  inputs: readonly Tensor[],
  initial: State,
  step: Step,
  { sizes, reverse }: Pick<RecurrentAttrs, "sizes" | "reverse">,
): Tensor {
  const first = reverse ? sizes.at(-1)! : sizes[0]!;
  const rows = (state: State, from: number, to: number): State =>
    state.map((t) =>
      from === 0 && to === t.shape[0] ? t : s.k.narrow(t, 0, from, to - from),
    ) as unknown as State;
  let state = rows(initial, 0, first);
  const outs: Tensor[] = [];
  const ended: State[] = []; // of the sequences that are over, the shortest first
  for (let i = 0; i < sizes.length; i++) {
    const t = reverse ? sizes.length - 1 - i : i;
    const now = state[0].shape[0]!;
    const next = sizes[t]!;
    if (next < now) {
      ended.push(rows(state, next, now));
      state = rows(state, 0, next);
    } else if (next > now) {
      const more = rows(initial, now, next);
      state = state.map((a, j) => s.k.cat([a, more[j]!], 0)) as unknown as State;
    }
    const before = state;
    state = s.backend.scoped(() => step(inputs[t]!, before));
    outs.push(state[0]);
  }
  const last = [state, ...ended.reverse()];
  if (reverse) outs.reverse();
  const pieces = [...outs, ...last.map(([h]) => h), ...last.flatMap(([, c]) => (c ? [c] : []))];
  const width = outs[0]!.shape[1];
  // Rows of one width are joined as they are; a projection makes c wider than h.
  const even = pieces.every((p) => p.shape[1] === width);
  const all = s.k.cat(even ? pieces : pieces.map((p) => s.k.reshape(p, [-1])), 0);
  return s.k.reshape(all, [-1]);
}
