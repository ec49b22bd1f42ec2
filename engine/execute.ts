import type { Executor, Operand } from "./executor.ts";
import { isFloat } from "./dtype.ts";
import { assert } from "./errors.ts";
import type { Session } from "./session.ts";
import { sameShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/** The executor over a session: every method is one op call (or a short composition), recorded when the session records. */
export function makeExecutor(s: Session): Executor {
  const wrap = (x: Operand): Tensor => (x instanceof Tensor ? x : s.scalar(x, "float"));
  const one =
    (name: string) =>
    (x: Tensor): Tensor =>
      s.call(name, [x]);
  const two =
    (name: string) =>
    (a: Operand, b: Operand): Tensor =>
      s.call(name, [wrap(a), wrap(b)]);
  const sum = (x: Tensor, axes: readonly number[], keepdim = false): Tensor =>
    axes.length === 0 ? x : s.call("sum", [x], { axes, keepdim });
  const reshape: Executor["reshape"] = (x, shape) =>
    sameShape(x.shape, shape) ? x : s.call("reshape", [x], { shape });
  return {
    add: two("add"),
    sub: two("sub"),
    mul: two("mul"),
    div: two("div"),
    pow: two("pow"),
    maximum: two("maximum"),
    minimum: two("minimum"),
    is: (op, a, b) => s.call("cast", [s.call(op, [a, wrap(b)])], { dtype: a.dtype }),
    where: (cond, a, b) => s.call("where", [cond, wrap(a), wrap(b)]),
    neg: one("neg"),
    abs: one("abs"),
    sign: one("sign"),
    exp: one("exp"),
    log: one("log"),
    sqrt: one("sqrt"),
    rsqrt: one("rsqrt"),
    sin: one("sin"),
    cos: one("cos"),
    sinh: one("sinh"),
    cosh: one("cosh"),
    tanh: one("tanh"),
    sigmoid: one("sigmoid"),
    erf: one("erf"),
    square: one("square"),
    digamma: one("digamma"),
    actGrad: (act, ct, x) => s.call("actGrad", [ct, x], { act }),

    matmul: two("matmul"),
    mT: (x) => {
      const axes = x.shape.map((_, i) => i);
      const r = axes.length;
      [axes[r - 2], axes[r - 1]] = [axes[r - 1]!, axes[r - 2]!];
      return s.call("permute", [x], { axes });
    },
    sum,
    mean: (x, axes, keepdim = false) => s.call("mean", [x], { axes, keepdim }),
    unbroadcast: (ct, shape) => {
      if (sameShape(ct.shape, shape)) return ct;
      const lead = ct.rank - shape.length;
      const axes = ct.shape
        .map((_, i) => i)
        .filter((i) => i < lead || (shape[i - lead] === 1 && ct.shape[i] !== 1));
      return reshape(sum(ct, axes), shape);
    },
    cumsum: (x, axis) => s.call("cumsum", [x], { axis }),
    flip: (x, axes) => s.call("flip", [x], { axes }),

    reshape,
    permute: (x, axes) => s.call("permute", [x], { axes }),
    expand: (x, shape) => (sameShape(x.shape, shape) ? x : s.call("expand", [x], { shape })),
    narrow: (x, axis, start, length) => s.call("slice", [x], { axis, start, length, step: 1 }),
    asStrided: (x, shape, strides, offset) => s.call("asStrided", [x], { shape, strides, offset }),
    stridedScatter: (x, shape, strides, offset, into) =>
      s.call("stridedScatter", [x], { shape, strides, offset, into }),
    cat: (xs, axis) => s.call("cat", xs, { axis }),
    cast: (x, dtype) => (x.dtype === dtype ? x : s.call("cast", [x], { dtype })),
    full: (shape, like, value) => {
      assert(isFloat(like.dtype), "full like an integer tensor");
      return like.isMeta && s.metaMode
        ? s.backend.meta(shape, like.dtype)
        : s.backend.full(shape, like.dtype, value);
    },

    indexSelect: (x, idx, axis) => s.call("indexSelect", [x, idx], { axis }),
    indexAdd: (x, idx, axis, n) => s.call("indexAddZeros", [x, idx], { axis, n }),
    gather: (x, idx, axis) => s.call("gather", [x, idx], { axis }),
    scatterAdd: (x, idx, axis, n) => s.call("scatterAddZeros", [x, idx], { axis, n }),
    op: (name, inputs, attrs = {}) => s.call(name, inputs, attrs),
  };
}
