import type { Finding, Severity } from "../report.ts";

/** What a user wants of one rule: another severity, none at all, or other limits (`{ "maxRatio": 1e-4 }`). */
export type RuleSetting = Severity | "off" | RuleChoice;

export interface RuleChoice {
  readonly severity?: Severity | "off";
  /** By the names that the rule gives its limits. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** By code. */
export type RuleSettings = Readonly<Record<string, RuleSetting>>;

const SEVERITIES = new Set(["off", "error", "warning", "information"]);

/** A setting as it comes from a user's file, in one form; what is not understood counts as not said. */
export function choiceOf(settings: RuleSettings | undefined, code: string): RuleChoice {
  const said: unknown = settings?.[code];
  const { severity, limits } = (
    typeof said === "object" && said !== null ? said : { severity: said }
  ) as { readonly severity?: unknown; readonly limits?: unknown };
  const numbers = Object.entries(limits ?? {}).filter(
    ([, value]) => typeof value === "number" && Number.isFinite(value),
  ) as [string, number][];
  return {
    ...(typeof severity === "string" && SEVERITIES.has(severity)
      ? { severity: severity as Severity | "off" }
      : {}),
    limits: Object.fromEntries(numbers),
  };
}

const COMMENT = /#\s*chainrule:\s*ignore\b(?:\[([^\]]*)\])?/;

interface Suppression {
  /** From 1; null: the whole file. */
  readonly line: number | null;
  /** Empty: all. */
  readonly codes: readonly string[];
}

/** `# chainrule: ignore[code, …]` behind code is about its line, alone on a line about the whole file; without codes about every rule. */
function suppressions(source: string): Suppression[] {
  if (!source.includes("chainrule:")) return [];
  return source.split("\n").flatMap((text, i) => {
    const found = COMMENT.exec(text);
    if (!found) return [];
    const isAlone = text.slice(0, found.index).trim() === "";
    const codes = (found[1] ?? "").split(",").map((code) => code.trim());
    return [{ line: isAlone ? null : i + 1, codes: codes.filter((code) => code !== "") }];
  });
}

/** Findings without those that comments in the sources suppress: on any line of what a finding marks. */
export function unsuppressed(
  findings: readonly Finding[],
  sources: Readonly<Record<string, string>>,
): Finding[] {
  const known = new Map<string, Suppression[]>();
  return findings.filter(({ code, at }) => {
    const own = known.get(at.file) ?? suppressions(sources[at.file] ?? "");
    known.set(at.file, own);
    return !own.some(
      ({ line, codes }) =>
        (line === null || (line >= at.startLine && line <= at.endLine)) &&
        (codes.length === 0 || codes.includes(code)),
    );
  });
}
