import type { Finding } from "../report.ts";
import { float16Overflow } from "./float16Overflow.ts";
import { float16Underflow } from "./float16Underflow.ts";
import { gradientExploding } from "./gradientExploding.ts";
import { gradientMissing } from "./gradientMissing.ts";
import { gradientVanishing } from "./gradientVanishing.ts";
import { gradientZero } from "./gradientZero.ts";
import { nonFinite } from "./nonFinite.ts";
import type { Evidence, Rule } from "./rule.ts";
import { findingsOf } from "./rule.ts";

/** The rule table, in the order in which findings of equal severity are shown. */
export const rules: readonly Rule[] = [
  nonFinite,
  gradientVanishing,
  gradientExploding,
  gradientZero,
  gradientMissing,
  float16Overflow,
  float16Underflow,
];

const RANK = { error: 0, warning: 1, information: 2 } as const;

/** Every rule's findings, worst first. */
export const judgeAll = (evidence: Evidence): Finding[] =>
  rules.flatMap((r) => findingsOf(r, evidence)).sort((a, b) => RANK[a.severity] - RANK[b.severity]);
