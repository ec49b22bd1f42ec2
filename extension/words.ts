/** Numbers and names as hovers, lenses and the panel write them. */
import { l10n } from "vscode";
import type { Choice, Report, Severity, Span, Subject } from "../engine/report.ts";
import { lossName, valueOf, whatOf } from "./choiceText.ts";
import { messageOf, whyOf } from "./said.ts";

/** Two digits: `0.14`, `1.2e-9`, `1e-4`, `35`, `6.6e4`; 0 stays `0`. */
export function number(x: number): string {
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e4) return String(Number(x.toPrecision(size >= 100 ? 3 : 2)));
  return x.toExponential(1).replace(".0e", "e").replace("e+", "e");
}

/** A share (0..1) as a percentage; never `0 %` or `100 %` for what is neither. */
export function share(x: number): string {
  if (x <= 0) return "0 %";
  if (x < 0.01) return "< 1 %";
  if (x > 0.99 && x < 1) return "> 99 %";
  return `${(100 * x).toFixed(0)} %`;
}

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n} ${n === 1 ? one : many}`;

/** At most `most` characters, cut at a word. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  return `${cut.replace(/\s+\S*$/, "")}…`;
}

export const shape = (sizes: readonly number[]): string => `[${sizes.join(", ")}]`;

/** Element types, and not types of Python: `int64`, `bool`. */
const TENSORS = /\d$|^bool$/;

/** `input [32, 1, 28, 28] · cross-entropy`; integer inputs name their dtype. */
export function inputs(subject: Subject): string {
  const each = subject.inputs.map(({ dtype, shape: sizes }) => {
    if (/^b?float\d/.test(dtype)) return shape(sizes);
    return TENSORS.test(dtype) ? `${dtype} ${shape(sizes)}` : dtype;
  });
  // What was only tried has no loss yet.
  const loss = subject.loss === "auto" ? [] : [lossName(subject.loss)];
  return [
    ...(each.length > 0
      ? [
          each.length === 1
            ? l10n.t("input {0}", each.join())
            : l10n.t("inputs {0}", each.join(", ")),
        ]
      : []),
    ...loss,
  ].join(" · ");
}

export const SEVERITIES: readonly Severity[] = ["error", "warning", "information"];

/** Worst first; the report's order otherwise. */
export function bySeverity<T extends { readonly severity: Severity }>(findings: readonly T[]): T[] {
  return SEVERITIES.flatMap((severity) => findings.filter((f) => f.severity === severity));
}

export interface Verdict {
  readonly severity: Severity | "none";
  readonly text: string;
}

/** The worst finding's sentence. */
export function verdict(report: Report): Verdict {
  const worst = bySeverity(report.findings)[0];
  if (worst) {
    const saysSo = report.subject || worst.code === "no-subject";
    const text = saysSo ? messageOf(worst) : l10n.t("Could not be run. {0}", messageOf(worst));
    return { severity: worst.severity, text };
  }
  if (report.subject) return { severity: "none", text: l10n.t("No trouble found") };
  return { severity: "error", text: l10n.t("Nothing in this file could be analyzed") };
}

/** `n_head = 4: n_head divides d_model`. */
export const choiceLines = (choices: readonly Choice[]): string[] =>
  choices.map((choice) => `${whatOf(choice)} = ${valueOf(choice)}: ${whyOf(choice)}`);

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** `model.py:14`; in a notebook `cell 3:14`. */
export const placeName = ({ file, startLine }: Span): string =>
  `${baseName(file).replace(/^.*\.ipynb#cell-(\d+)$/, l10n.t("cell {0}", "$1"))}:${startLine}`;
