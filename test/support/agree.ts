/** Does a report agree with PyTorch? One tolerance for all: see `allowed`. */
import type { Parameter, Report } from "../../engine/report.ts";
import { deviation, relative } from "./allclose.ts";
import type { WitnessRun } from "./witness.ts";

export type Dtype = "float32" | "float64";

/** A parameter's gradient under PyTorch; null where there is none, or no such run. */
export interface ExpectedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly l2: number | null;
  readonly l2F64: number | null;
  readonly first: readonly number[];
  readonly firstF64: readonly number[] | null;
}

/** What PyTorch gives for a case. */
export interface Expected {
  readonly loss: number;
  /** null: the case does not run in float64. */
  readonly lossF64: number | null;
  /** Generator probes after build, inputs, forward; null for a script. */
  readonly rng: readonly [number, number, number] | null;
  /** The same in the float64 run: they differ where the model itself draws in its inputs' dtype. */
  readonly rngF64: readonly [number, number, number] | null;
  readonly rngAtStep: number | null;
  readonly targetFirst: readonly number[];
  readonly targetFirstF64: readonly number[];
  readonly outputShape: readonly number[] | null;
  readonly parameters: readonly ExpectedParameter[];
  /** The file's numbers follow the order of a set of strings: only draws, names and shapes compare. */
  readonly setOrder: boolean;
  /** The model computes in float32 what a float64 run goes on with: windows, norms, scores that it casts itself. */
  readonly rounds?: boolean;
}

export interface Difference {
  /** `loss`, `draws after build`, `encoder.0.weight`. */
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
  /** Relative; ∞ for what is not a matter of rounding. */
  readonly off: number;
}

const FLOAT64 = 1e-7; // of a norm: accepts another order of summation, not another formula
const ROUNDED = 2e-6; // of a norm, after some of float32's last places: another order of summation there is felt
const FLOAT32_LEAST = 1e-3;
const FAR = 0.5; // of PyTorch's float32 from its float64: no rounding any more, a kernel of its own that fails
const ZERO = 1e-6; // a gradient whose float64 norm is below this share of its float32 norm is zero but for rounding

/**
 * Names of the gradients that are mathematically zero: float64 makes them vanish with the rounding, or float32
 * gave exactly 0 and float64 shows rounding of terms as large as the largest gradient.
 */
export function structuralZeros({ parameters }: Expected): ReadonlySet<string> {
  const largest = Math.max(0, ...parameters.map((p) => p.l2F64 ?? 0));
  const zeros = parameters.filter(({ l2, l2F64 }) => {
    if (l2 === null || l2F64 === null) return false;
    const isDouble = l2 === l2F64 && l2F64 <= 1e-14 * largest; // both runs are float64: a case of its own default dtype
    return isDouble || l2F64 <= ZERO * l2 || (l2 === 0 && l2F64 <= 1e-15 * largest);
  });
  return new Set(zeros.map((p) => p.name));
}

/**
 * Largest relative deviation of PyTorch's own float32 from its float64; structural zeros are left out, and what is so
 * far off that float64 alone can say what is right. 0 where the model draws other numbers in float64: then the two
 * runs say nothing about rounding.
 */
export function ownDeviation(expected: Expected): number {
  if (expected.rng?.[2] !== expected.rngF64?.[2]) return 0;
  const zeros = structuralZeros(expected);
  const near = expected.parameters.filter((p) => !zeros.has(p.name) && !isFar(p));
  return Math.max(
    0,
    ...near.map(({ l2, l2F64 }) => (l2 !== null && l2F64 ? relative(l2, l2F64) : 0)),
  );
}

function isFar({ l2, l2F64 }: ExpectedParameter): boolean {
  return l2 !== null && l2F64 !== null && l2F64 > 0 && relative(l2, l2F64) > FAR;
}

/** Relative deviation that is allowed: 1e-7 in float64 (2e-6 where the model itself rounds to float32), max(1e-3, 5 × PyTorch's own) in float32. */
export function allowed(expected: Expected, dtype: Dtype): number {
  if (dtype === "float64") return expected.rounds ? ROUNDED : FLOAT64;
  return Math.max(FLOAT32_LEAST, 5 * ownDeviation(expected));
}

/** Everything in which `report` differs from PyTorch, worst first; empty where they agree. */
export function differences(report: Report, expected: Expected, dtype: Dtype): Difference[] {
  const found = [...inDraws(report, expected, dtype), ...inNames(report, expected)];
  if (!expected.setOrder) found.push(...inNumbers(report, expected, dtype));
  return found.sort((a, b) => b.off - a.off);
}

function exact(what: string, ours: unknown, theirs: unknown): Difference[] {
  const [o, t] = [JSON.stringify(ours) ?? "nothing", JSON.stringify(theirs)];
  return o === t ? [] : [{ what, ours: o, theirs: t, off: Infinity }];
}

function inDraws(report: Report, expected: Expected, dtype: Dtype): Difference[] {
  const { probes } = report;
  const found: Difference[] = [];
  const f64 = dtype === "float64" && expected.rngF64 !== null;
  const rng = f64 ? expected.rngF64 : expected.rng;
  if (rng) {
    const [build, inputs, forward] = rng;
    const target = f64 ? expected.targetFirstF64 : expected.targetFirst;
    found.push(...exact("draws after build", probes?.rngAfterBuild, build));
    found.push(...exact("draws after inputs", probes?.rngAfterInputs, inputs));
    found.push(...exact("draws after forward", probes?.rngAfterForward, forward));
    found.push(...exact("target", probes?.targetFirst, target));
  } else {
    found.push(...exact("draws at step", probes?.rngAfterForward, expected.rngAtStep));
  }
  if (expected.outputShape) {
    found.push(...exact("output's shape", probes?.outputShape, expected.outputShape));
  }
  return found;
}

function inNames(report: Report, expected: Expected): Difference[] {
  const say = (p: { name: string; shape: readonly number[] }): string =>
    `${p.name} [${p.shape.join()}]`;
  const ours = report.parameters.map(say);
  const theirs = expected.parameters.map(say);
  const index = theirs.findIndex((name, i) => name !== ours[i]);
  if (index < 0) return exact("number of parameters", ours.length, theirs.length);
  return exact(`parameter ${String(index)}`, ours[index], theirs[index]);
}

function inNumbers(report: Report, expected: Expected, dtype: Dtype): Difference[] {
  const limit = allowed(expected, dtype);
  const found: Difference[] = [];
  const loss = dtype === "float64" ? expected.lossF64 : expected.loss;
  if (loss !== null) found.push(...within("loss", report.loss, loss, limit));
  const largest = Math.max(0, ...expected.parameters.map((p) => p.l2 ?? 0));
  const zeros = structuralZeros(expected);
  const real = expected.parameters.filter((p) => !zeros.has(p.name) && !isFar(p));
  const elements = 5 * Math.max(0, ...real.map(ownElements));
  const rough = Math.max(allowed(expected, "float32"), elements);
  const limits = { limit, rough, largest, zeros };
  const ours = new Map(report.parameters.map((p) => [p.name, p]));
  for (const theirs of expected.parameters) {
    const mine = ours.get(theirs.name);
    if (mine) found.push(...inGradient(mine, theirs, dtype, limits));
  }
  return found;
}

function within(what: string, ours: number | null, theirs: number, limit: number): Difference[] {
  const off = relative(ours ?? NaN, theirs);
  return off <= limit ? [] : [{ what, ours: String(ours), theirs: String(theirs), off }];
}

interface Limits {
  /** Allowed relative deviation of a norm. */
  readonly limit: number;
  /** Allowed deviation of single elements in float32: as for norms, 5 × the largest of PyTorch's own in this case. */
  readonly rough: number;
  /** Largest norm of all gradients. */
  readonly largest: number;
  readonly zeros: ReadonlySet<string>;
}

/** Largest deviation of the first elements of PyTorch's own float32 gradient from its float64 one. */
function ownElements({ l2F64, first, firstF64, shape }: ExpectedParameter): number {
  if (!firstF64 || !l2F64) return 0;
  const count = shape.reduce((product, n) => product * n, 1);
  return deviation(first, firstF64, l2F64 / Math.sqrt(Math.max(1, count)));
}

function inGradient(
  mine: Parameter,
  theirs: ExpectedParameter,
  dtype: Dtype,
  { limit, rough, largest, zeros }: Limits,
): Difference[] {
  const { name } = theirs;
  if (theirs.l2 === null) return exact(`${name}.grad`, mine.grad?.l2 ?? null, null);
  if (!mine.grad) return exact(`${name}.grad`, null, theirs.l2);
  const broken = mine.grad.nans + mine.grad.infs;
  if (broken && Number.isFinite(theirs.l2)) return exact(`${name}.grad's non-finite`, broken, 0);
  if (zeros.has(name)) {
    const bound =
      dtype === "float64"
        ? Math.max(ZERO * theirs.l2, 1e-14 * largest)
        : Math.max(10 * theirs.l2, ZERO * largest);
    if (mine.grad.l2 <= bound) return [];
    return [{ what: name, ours: String(mine.grad.l2), theirs: "0", off: mine.grad.l2 / bound }];
  }
  const norm = dtype === "float64" ? theirs.l2F64 : theirs.l2;
  if (norm === null) return [];
  // without a float64 run, noise is known by its size alone
  if (theirs.l2F64 === null && norm <= 1e-7 * largest && mine.grad.l2 <= 1e-6 * largest) return [];
  const found = within(name, mine.grad.l2, norm, limit);
  // Where PyTorch's own float32 is far off its float64, agreeing with the latter is agreeing with PyTorch.
  const isExact =
    dtype === "float32" &&
    theirs.l2F64 !== null &&
    relative(mine.grad.l2, theirs.l2F64) <= FLOAT32_LEAST &&
    found.length > 0;
  if (found.length && !isExact) return found;
  const first = (dtype === "float64" || isExact ? theirs.firstF64 : null) ?? theirs.first;
  // single elements carry more of the rounding of tables that a model computes in float32 than a norm does
  const room = first === theirs.first || isExact ? rough : 10 * limit;
  const rms = norm / Math.sqrt(Math.max(1, mine.grad.count));
  const off = deviation(mine.gradFirst, first, rms);
  if (off <= room) return [];
  return [{ what: `${name}[0..2]`, ours: mine.gradFirst.join(), theirs: first.join(), off }];
}

/** Largest relative deviation of a gradient's norm; gradients that are mathematically zero are left out. */
export function worstNorm(report: Report, expected: Expected, dtype: Dtype): number {
  const zeros = structuralZeros(expected);
  const ours = new Map(report.parameters.map((p) => [p.name, p.grad?.l2]));
  const off = expected.parameters.map((p) => {
    const { name, l2, l2F64 } = p;
    const theirs = dtype === "float64" || isFar(p) ? l2F64 : l2;
    return theirs === null || zeros.has(name) ? 0 : relative(ours.get(name) ?? NaN, theirs);
  });
  return Math.max(0, ...off);
}

/** Two runs of the witness, float32 and float64, as what a report is compared with. */
export function expectedFrom(f32: WitnessRun, f64: WitnessRun | null): Expected {
  return {
    loss: f32.loss,
    lossF64: f64?.loss ?? null,
    rng: probesOf(f32),
    rngF64: f64 && probesOf(f64),
    rngAtStep: f32.rngAtStep ?? null,
    targetFirst: f32.targetFirst,
    targetFirstF64: (f64 ?? f32).targetFirst,
    outputShape: f32.outputShape ?? null,
    setOrder: false,
    rounds: f64?.rounds ?? false,
    parameters: f32.parameters.map((p, i) => ({
      name: p.name,
      shape: p.shape,
      l2: p.l2,
      l2F64: f64?.parameters[i]?.l2 ?? null,
      first: p.first,
      firstF64: f64?.parameters[i]?.first ?? null,
    })),
  };
}

function probesOf(run: WitnessRun): [number, number, number] | null {
  const { rngAfterBuild: build, rngAfterInputs: inputs, rngAfterForward: forward } = run;
  if (build === undefined || inputs === undefined || forward === undefined) return null;
  return [build, inputs, forward];
}
