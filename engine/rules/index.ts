import type { Finding } from "../report.ts";
import { activationMissing } from "./activationMissing.ts";
import { batchNormFew } from "./batchNormFew.ts";
import { biasUndone } from "./biasUndone.ts";
import { float16Overflow } from "./float16Overflow.ts";
import { float16Underflow } from "./float16Underflow.ts";
import { gradientAccumulation } from "./gradientAccumulation.ts";
import { gradientClipping } from "./gradientClipping.ts";
import { gradientExploding } from "./gradientExploding.ts";
import { gradientKept } from "./gradientKept.ts";
import { gradientMissing } from "./gradientMissing.ts";
import { gradientSpread } from "./gradientSpread.ts";
import { gradientVanishing } from "./gradientVanishing.ts";
import { gradientZero } from "./gradientZero.ts";
import { gradScaler } from "./gradScaler.ts";
import { halfConstant } from "./halfConstant.ts";
import { halfWeights } from "./halfWeights.ts";
import { initGain } from "./initGain.ts";
import { initialLoss } from "./initialLoss.ts";
import { lossInput } from "./lossInput.ts";
import { lossCrossed } from "./lossCrossed.ts";
import { lossDiverges } from "./lossDiverges.ts";
import { lossTarget } from "./lossTarget.ts";
import { lossTerm } from "./lossTerm.ts";
import { mixedPrecision } from "./mixedPrecision.ts";
import { nonFinite } from "./nonFinite.ts";
import { parameterUnregistered } from "./parameterUnregistered.ts";
import { rateSchedule } from "./rateSchedule.ts";
import { rateUnstable } from "./rateUnstable.ts";
import { saturation } from "./saturation.ts";
import { signalCollapse } from "./signalCollapse.ts";
import { softmaxSaturated } from "./softmaxSaturated.ts";
import { softmaxTwice } from "./softmaxTwice.ts";
import { updateTooLarge } from "./updateTooLarge.ts";
import { updateTooSmall } from "./updateTooSmall.ts";
import { unitsDead } from "./unitsDead.ts";
import { weightDecay } from "./weightDecay.ts";
import { weightsUnchanged } from "./weightsUnchanged.ts";
import { weightsConstant } from "./weightsConstant.ts";
import type { Remedy } from "./step.ts";
import type { Evidence, Gauge, Rule } from "./rule.ts";
import { findingsOf } from "./rule.ts";

/** The rule table, in the order in which findings of equal severity are shown. */
export const rules: readonly Rule[] = [
  nonFinite,
  gradientVanishing,
  gradientExploding,
  gradientSpread,
  signalCollapse,
  gradientZero,
  gradientMissing,
  parameterUnregistered,
  unitsDead,
  batchNormFew,
  saturation,
  softmaxSaturated,
  softmaxTwice,
  lossInput,
  lossCrossed,
  lossTarget,
  activationMissing,
  biasUndone,
  weightsConstant,
  initGain,
  initialLoss,
  lossDiverges,
  rateUnstable,
  rateSchedule,
  updateTooLarge,
  updateTooSmall,
  weightsUnchanged,
  halfConstant,
  halfWeights,
  gradientKept,
  gradientAccumulation,
  gradientClipping,
  lossTerm,
  weightDecay,
  float16Overflow,
  float16Underflow,
  gradScaler,
  mixedPrecision,
];

const RANK = { error: 0, warning: 1, information: 2 } as const;

/** Every rule's findings, worst first. */
export const judgeAll = (evidence: Evidence): Finding[] =>
  rules.flatMap((r) => findingsOf(r, evidence)).sort((a, b) => RANK[a.severity] - RANK[b.severity]);

/** What may help against the findings of a code, likeliest first. */
export const remediesOf = (code: string, evidence: Evidence): readonly Remedy[] =>
  rules.find((r) => r.code === code)?.remedies?.(evidence) ?? [];

/** The number that fixes for a code are judged by; null where the code has none or nothing could be measured. */
export const gaugeOf = (code: string, evidence: Evidence): Gauge | null =>
  rules.find((r) => r.code === code)?.gauge?.(evidence) ?? null;
