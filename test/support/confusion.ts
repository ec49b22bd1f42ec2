/** Healthy and sick models against what was found in them, as a table. */
import type { Finding } from "../../engine/report.ts";

export interface HealthyRow {
  readonly id: string;
  readonly ran: boolean;
  readonly findings: readonly Finding[];
  /** Why its warnings are true. */
  readonly known?: string;
}

export interface SickRow {
  readonly id: string;
  /** What is known to be wrong, and whether it was found at its place. */
  readonly wanted: readonly { readonly code: string; readonly isFound: boolean }[];
  readonly findings: readonly Finding[];
}

const loudCodes = ({ findings }: { readonly findings: readonly Finding[] }): Set<string> =>
  new Set(findings.filter((f) => f.severity !== "information").map((f) => f.code));

/**
 * Per code: sick models with it, those where it was found at its place, sick models where it stands beside their own trouble, healthy
 * models warned of. `share`: of the healthy models that ran, those with a warning that is not known to be true.
 */
export function confusionTable(
  healthy: readonly HealthyRow[],
  sick: readonly SickRow[],
): { readonly text: string; readonly share: number } {
  const ran = healthy.filter((row) => row.ran);
  const warned = ran.filter((row) => loudCodes(row).size > 0);
  const alarms = warned.filter((row) => !row.known);
  const codes = new Set([
    ...sick.flatMap((row) => row.wanted.map((one) => one.code)),
    ...[...ran, ...sick].flatMap((row) => [...loudCodes(row)]),
  ]);
  const cells = [...codes].sort().map((code) => {
    const own = sick.filter((row) => row.wanted.some((one) => one.code === code));
    const found = own.filter((row) => row.wanted.every((one) => one.code !== code || one.isFound));
    const beside = sick.filter((row) => !own.includes(row) && loudCodes(row).has(code));
    const told = ran.filter((row) => loudCodes(row).has(code));
    return [code, own.length, found.length, beside.length, told.length];
  });
  const head = ["code", "sick", "found", "beside another", "healthy warned"];
  const rows = [head, ...cells].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(26) : String(cell).padStart(15))).join(""),
  );
  const share = ran.length === 0 ? 0 : alarms.length / ran.length;
  const found = sick.filter((row) => row.wanted.every((one) => one.isFound)).length;
  return {
    text: [
      "",
      ...rows,
      "",
      `${warned.length} of ${ran.length} healthy models have a warning, ${warned.length - alarms.length} of them a true one: ` +
        `${(100 * share).toFixed(1)} % false; ` +
        `${healthy.length - ran.length} did not run; ${found} of ${sick.length} sick models found at the right place`,
    ].join("\n"),
    share,
  };
}
