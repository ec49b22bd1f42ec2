import type { Load } from "../budget.ts";
import type { LayerCall } from "../measure/recorder.ts";
import type { Phase } from "../protocol.ts";
import type { Report } from "../report.ts";
import { workOf } from "../subject/probe.ts";
import { parametersOf } from "../subject/size.ts";
import type { Answer, Attempt, Made, Mode, Prober } from "../subject/probe.ts";
import type { EntryFacts, ModelFacts, Outline, Spec } from "../subject/spec.ts";

/** What Python's side answers. */
export type Question =
  | "look"
  | "load"
  | "ready"
  | "attempt"
  | "near"
  | "run"
  | "norms"
  | "wake"
  | "halved"
  | "stepped"
  | "origin"
  | "traced"
  | "jacobians"
  | "edit"
  | "notes"
  | "helper"
  | "imported";

/** What an analysis needs of the interpreter and the engine; Python's functions take and give JSON. */
export interface Workplace {
  ask<T>(name: Question, request: object): Answer<T>;
  /** Where a source of the request lies for Python. */
  placeOf(path: string): string;
  readonly calls: readonly LayerCall[];
  /** What has been computed so far. */
  readonly made: () => Made;
  /** Most bytes of tensors at once since `forgetPeak`. */
  readonly peakBytes: () => number;
  readonly forgetPeak: () => void;
  /** A run comes that will take about so many bytes of tensors. */
  readonly expect: (bytes: number) => void;
  /** Milliseconds since some start. */
  now(): number;
  progress(phase: Phase, detail: string): void;
  /** The report is there but for what the file's other classes would be run with: nobody need wait for that. */
  measured(report: Report): void;
}

const FLOAT_BYTES = 4;

/** What finding a subject asks, of this workplace: each question's work is counted. */
export function proberOf(at: Workplace, path: string, most: (elements: number) => Load): Prober {
  let spent = 0;
  let [held, passed] = [0, 0];
  const probe = <T>(name: Question, spec: Spec, mode: Mode): Answer<T> & { made: Made } => {
    const before = at.made();
    const answer = at.ask<T>(name, { spec, mode });
    const now = at.made();
    const made = {
      ops: now.ops - before.ops,
      flops: now.flops - before.flops,
      bytes: now.bytes - before.bytes,
    };
    spent += workOf(made, mode);
    return { ...answer, made };
  };
  const ready = (spec: Spec, mode: Mode): Answer<ModelFacts> & { made: Made } => {
    const answer = probe<ModelFacts>("ready", spec, mode);
    if (answer.ok) held = FLOAT_BYTES * parametersOf(answer);
    return answer;
  };
  const attempt = (spec: Spec, mode: Mode): Answer<Attempt> & { made: Made } => {
    const answer = probe<Attempt>("attempt", spec, mode);
    if (answer.ok) passed = answer.made.bytes;
    return answer;
  };
  const file = at.placeOf(path);
  let outlines: readonly Outline[] | undefined;
  return {
    spent: () => spent,
    outlines: () => {
      const answer = outlines ? null : at.ask<{ classes: readonly Outline[] }>("near", { file });
      return (outlines ??= answer?.ok ? answer.classes : []);
    },
    facts: (picked) => {
      const answer = at.ask<{ entries: readonly EntryFacts[] }>("near", { picked });
      return answer.ok ? answer.entries : [];
    },
    ready,
    attempt,
    takes: () => held + passed,
    now: () => at.now(),
    most,
  };
}
