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
  readonly rngAtStep: number | null;
  readonly targetFirst: readonly number[];
  readonly outputShape: readonly number[] | null;
  readonly parameters: readonly ExpectedParameter[];
  /** The file's numbers follow the order of a set of strings: only draws, names and shapes compare. */
  readonly setOrder: boolean;
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
const FLOAT32_LEAST = 1e-3;
const ZERO = 1e-6; // a gradient whose float64 norm is below this share of its float32 norm is zero but for rounding

/** True where the gradient is mathematically zero: float64 makes it vanish with the rounding. */
export function isStructuralZero(parameter: ExpectedParameter): boolean {
  const { l2, l2F64 } = parameter;
  return l2 !== null && l2F64 !== null && l2F64 <= ZERO * l2;
}

/** Largest relative deviation of PyTorch's own float32 from its float64, structural zeros left out. */
export function ownDeviation(expected: Expected): number {
  let worst = 0;
  for (const parameter of expected.parameters) {
    const { l2, l2F64 } = parameter;
    if (l2 && l2F64 && !isStructuralZero(parameter)) worst = Math.max(worst, relative(l2, l2F64));
  }
  return worst;
}

/** Relative deviation that is allowed: 1e-7 in float64, max(1e-3, 5 × PyTorch's own) in float32. */
export function allowed(expected: Expected, dtype: Dtype): number {
  return dtype === "float64" ? FLOAT64 : Math.max(FLOAT32_LEAST, 5 * ownDeviation(expected));
}

/** Everything in which `report` differs from PyTorch, worst first; empty where they agree. */
export function differences(report: Report, expected: Expected, dtype: Dtype): Difference[] {
  const found = [...inDraws(report, expected), ...inNames(report, expected)];
  if (!expected.setOrder) found.push(...inNumbers(report, expected, dtype));
  return found.sort((a, b) => b.off - a.off);
}

function exact(what: string, ours: unknown, theirs: unknown): Difference[] {
  const [o, t] = [JSON.stringify(ours) ?? "nothing", JSON.stringify(theirs)];
  return o === t ? [] : [{ what, ours: o, theirs: t, off: Infinity }];
}

function inDraws(report: Report, expected: Expected): Difference[] {
  const { probes } = report;
  const found: Difference[] = [];
  if (expected.rng) {
    const [build, inputs, forward] = expected.rng;
    found.push(...exact("draws after build", probes?.rngAfterBuild, build));
    found.push(...exact("draws after inputs", probes?.rngAfterInputs, inputs));
    found.push(...exact("draws after forward", probes?.rngAfterForward, forward));
    found.push(...exact("target", probes?.targetFirst, expected.targetFirst));
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
  const limits = { limit, rough: allowed(expected, "float32"), largest };
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
  /** The same in float32, for what is known in float32 only. */
  readonly rough: number;
  /** Largest norm of all gradients. */
  readonly largest: number;
}

function inGradient(
  mine: Parameter,
  theirs: ExpectedParameter,
  dtype: Dtype,
  { limit, rough, largest }: Limits,
): Difference[] {
  const { name } = theirs;
  if (theirs.l2 === null) return exact(`${name}.grad`, mine.grad?.l2 ?? null, null);
  if (!mine.grad) return exact(`${name}.grad`, null, theirs.l2);
  const broken = mine.grad.nans + mine.grad.infs;
  if (broken && Number.isFinite(theirs.l2)) return exact(`${name}.grad's non-finite`, broken, 0);
  if (isStructuralZero(theirs)) {
    const noise = dtype === "float64" ? ZERO * (theirs.l2 || 1e-9 * largest) : ZERO * largest;
    const bound = Math.max(noise, dtype === "float32" ? 10 * theirs.l2 : 0);
    if (mine.grad.l2 <= bound) return [];
    return [{ what: name, ours: String(mine.grad.l2), theirs: "0", off: mine.grad.l2 / bound }];
  }
  const norm = dtype === "float64" ? theirs.l2F64 : theirs.l2;
  if (norm === null) return [];
  // without a float64 run, noise is known by its size alone
  if (theirs.l2F64 === null && norm <= 1e-7 * largest && mine.grad.l2 <= 1e-6 * largest) return [];
  const found = within(name, mine.grad.l2, norm, limit);
  if (found.length) return found;
  const first = (dtype === "float64" ? theirs.firstF64 : null) ?? theirs.first;
  const room = first === theirs.first ? rough : limit;
  const rms = norm / Math.sqrt(Math.max(1, mine.grad.count));
  const off = deviation(mine.gradFirst, first, rms);
  if (off <= room) return [];
  return [{ what: `${name}[0..2]`, ours: mine.gradFirst.join(), theirs: first.join(), off }];
}

/** Two runs of the witness, float32 and float64, as what a report is compared with. */
export function expectedFrom(f32: WitnessRun, f64: WitnessRun | null): Expected {
  const { rngAfterBuild, rngAfterInputs, rngAfterForward } = f32;
  const probed =
    rngAfterBuild !== undefined && rngAfterInputs !== undefined && rngAfterForward !== undefined;
  return {
    loss: f32.loss,
    lossF64: f64?.loss ?? null,
    rng: probed ? [rngAfterBuild, rngAfterInputs, rngAfterForward] : null,
    rngAtStep: f32.rngAtStep ?? null,
    targetFirst: f32.targetFirst,
    outputShape: f32.outputShape ?? null,
    setOrder: false,
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
