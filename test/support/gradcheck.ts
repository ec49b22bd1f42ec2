import assert from "node:assert/strict";
import type { Attrs, GradcheckCase, Op } from "../../engine/op.ts";
import type { Session } from "../../engine/session.ts";
import { numel } from "../../engine/shape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { numbers } from "./session.ts";

const STEP = 1e-6;
const TOLERANCE = 1e-6;

interface Point {
  readonly values: Float64Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly integer: readonly boolean[];
}

function randomPoint(op: Op, c: GradcheckCase<string, Attrs>, names: readonly string[]): Point {
  const next = numbers(1234 + op.name.length);
  const [lo, hi] = c.range ?? [-2, 2];
  const shapes = names.map((n) => c.shapes[n] ?? []);
  const integer = names.map((n) => c.integers?.[n] !== undefined);
  const values = names.map((n, i) =>
    Float64Array.from({ length: numel(shapes[i]!) }, () => {
      const u = (next() + 1) / 2;
      const classes = c.integers?.[n];
      return classes === undefined ? lo + u * (hi - lo) : Math.floor(u * classes);
    }),
  );
  return { values, shapes, integer };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Runs f on the point as tensors that require gradients (float64), everything released afterwards. */
function evaluate(s: Session, p: Point, f: (xs: Tensor[]) => Tensor): Float64Array {
  let result = new Float64Array(0);
  s.backend.scoped(() => {
    result = Float64Array.from(s.backend.read(f(tensors(s, p))));
    return null;
  });
  return result;
}
function tensors(s: Session, p: Point): Tensor[] {
  return p.values.map((v, i) => {
    const isMask = p.integer[i] && Math.max(...v) <= 1;
    const x = s.backend.from(v, p.shapes[i]!, isMask ? "bool" : p.integer[i] ? "int64" : "float64");
    x.requiresGradLeaf = !p.integer[i];
    return x;
  });
}
const moved = (p: Point, t: readonly Float64Array[], h: number): Point => ({
  ...p,
  values: p.values.map((v, i) => (p.integer[i] ? v : v.map((x, j) => x + h * t[i]![j]!))),
});

/**
 * Compares ⟨vjp(ct), t⟩ with ⟨ct, (f(x + h t) − f(x − h t)) / 2h⟩ along one random t, in float64; also the shape rule with the real
 * shape, and, by a second walk, the derivative of the derivative.
 */
export function checkGradient(
  s: Session,
  op: Op,
  c: GradcheckCase<string, Attrs>,
  run: (xs: (Tensor | null)[]) => Tensor = (xs) => s.run(op, xs, c.attrs ?? {}),
): void {
  const isGiven = (name: string): boolean => name in c.shapes || !op.def.optional?.includes(name);
  const names = op.variadic ? Object.keys(c.shapes) : op.inputs.filter(isGiven);
  const attrs = c.attrs ?? {};
  const p = randomPoint(op, c, names);
  const next = numbers(99);
  const direction = p.values.map((v) => v.map(() => next()));
  const f = (xs: Tensor[]): Tensor =>
    run(op.variadic ? xs : op.inputs.map((n) => xs[names.indexOf(n)] ?? null));

  const up = evaluate(s, moved(p, direction, STEP), f);
  const down = evaluate(s, moved(p, direction, -STEP), f);
  const ct = up.map(() => next());
  const numeric = dot(
    ct,
    up.map((u, i) => (u - down[i]!) / (2 * STEP)),
  );

  const gradient = (xs: Tensor[], createGraph: boolean): Tensor[] => {
    const out = f(xs);
    const shapes = Object.fromEntries(names.map((n, i) => [n, p.shapes[i]!]));
    assert.deepEqual(
      [...out.shape],
      [...op.def.shape(shapes, attrs)],
      "the shape rule and the forward differ",
    );
    const seed = s.backend.from(ct, out.shape, "float64");
    const wanted = xs.filter((x) => x.requiresGradLeaf);
    const found = s.backward([{ tensor: out, ct: seed }], {
      retainGraph: true,
      createGraph,
      accumulate: false,
      inputs: wanted,
    });
    return wanted.map((x, i) => found[i] ?? s.backend.full(x.shape, "float64", 0));
  };
  let analytic = 0;
  s.backend.scoped(() => {
    const grads = gradient(tensors(s, p), false);
    const along = direction.filter((_, i) => !p.integer[i]);
    grads.forEach((g, i) => (analytic += dot(s.backend.read(g), along[i]!)));
    return null;
  });
  close(analytic, numeric, `${op.name}: vjp along a random direction`);

  if (c.order === 1) return;
  // Second order: φ(x) = Σ wᵢ·gᵢ(x), differentiated by a second walk.
  const weight = p.values.map((v) => v.map(() => next()));
  const phi = (xs: Tensor[]): Tensor => {
    const along = weight.filter((_, i) => !p.integer[i]);
    return gradient(xs, true)
      .map((g, i) =>
        s.k.sum(
          s.k.mul(g, s.backend.from(along[i]!, g.shape, "float64")),
          g.shape.map((_, a) => a),
        ),
      )
      .reduce((a, b) => s.k.add(a, b));
  };
  const phiUp = evaluate(s, moved(p, direction, STEP), phi)[0]!;
  const phiDown = evaluate(s, moved(p, direction, -STEP), phi)[0]!;
  const numeric2 = (phiUp - phiDown) / (2 * STEP);
  let analytic2 = 0;
  s.backend.scoped(() => {
    const xs = tensors(s, p);
    const value = phi(xs);
    if (value.requiresGrad) {
      const wanted = xs.filter((x) => x.requiresGradLeaf);
      const found = s.backward([{ tensor: value, ct: null }], {
        retainGraph: false,
        createGraph: false,
        accumulate: false,
        inputs: wanted,
      });
      const along = direction.filter((_, i) => !p.integer[i]);
      found.forEach((g, i) => g && (analytic2 += dot(s.backend.read(g), along[i]!)));
    }
    return null;
  });
  close(analytic2, numeric2, `${op.name}: second derivative along a random direction`);
}

function close(got: number, want: number, what: string): void {
  const scale = Math.max(Math.abs(got), Math.abs(want), 1);
  assert.ok(
    Math.abs(got - want) <= 20 * TOLERANCE * scale,
    `${what}: ${got}, central difference ${want}`,
  );
}
