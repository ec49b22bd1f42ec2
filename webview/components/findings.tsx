import type { JSX } from "preact";

import { t } from "../l10n.ts";
import type { FindingRow, Severity, UnsupportedRow } from "../protocol.ts";
import { SEVERITIES } from "../state.ts";
import type { Choice } from "../state.ts";
import type { Actions } from "./actions.ts";
import { SeverityIcon, severityText } from "./icons.tsx";

/** So few findings need no filter. */
const FEW = 3;

type Filter = Pick<Choice, "filter" | "code" | "hidden">;

/** Those of the chosen code and severities that contain every word, in code, severity, sentence or place. */
export function filtered(
  findings: readonly FindingRow[],
  { filter, code: only, hidden }: Filter,
): readonly FindingRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  // A code that this run has not: an earlier run's choice hides nothing.
  const isChosen = findings.some(({ code }) => code === only);
  return findings.filter(({ code, severity, message, place }) => {
    if (hidden.includes(severity) || (isChosen && code !== only)) return false;
    const text = [code, severity, severityText(severity), message, place].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Severities as switches, the codes there are, and words. */
function Filters(props: {
  readonly findings: readonly FindingRow[];
  readonly choice: Filter;
  readonly actions: Actions;
}): JSX.Element {
  const { findings, choice, actions } = props;
  const { filter, code, hidden } = choice;
  const count = (severity: Severity): number =>
    findings.filter((each) => each.severity === severity).length;
  const codes = [...new Set(findings.map((each) => each.code))];
  return (
    <div class="filters">
      <div role="group" aria-label={t("Severities shown")}>
        {SEVERITIES.filter((severity) => count(severity) > 0).map((severity) => (
          <button
            key={severity}
            class="toggle"
            aria-pressed={!hidden.includes(severity)}
            aria-label={`${severityText(severity)}: ${String(count(severity))}`}
            title={severityText(severity)}
            onClick={() => {
              actions.show({
                hidden: hidden.includes(severity)
                  ? hidden.filter((each) => each !== severity)
                  : [...hidden, severity],
              });
            }}
          >
            <SeverityIcon severity={severity} /> {count(severity)}
          </button>
        ))}
      </div>
      {codes.length > 1 && (
        <select
          aria-label={t("Code")}
          value={codes.includes(code) ? code : ""}
          onChange={({ currentTarget: { value } }) => {
            actions.show({ code: value });
          }}
        >
          <option value="">{t("all codes")}</option>
          {codes.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      )}
      <input
        type="search"
        class="filter"
        value={filter}
        placeholder={t("Filter, such as warning float16")}
        aria-label={t("Filter findings")}
        onInput={({ currentTarget: { value } }) => {
          actions.show({ filter: value });
        }}
      />
    </div>
  );
}

/** The findings, worst first, each with its place and its fixes. */
export function Findings(props: {
  readonly findings: readonly FindingRow[];
  readonly choice: Filter;
  readonly actions: Actions;
}): JSX.Element {
  const { findings, choice, actions } = props;
  const shown = findings.length > FEW ? filtered(findings, choice) : findings;
  return (
    <section class="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">
        {t("Findings {0}", findings.length)}
        {shown.length < findings.length && (
          <span class="dim"> {t("({0} shown)", shown.length)}</span>
        )}
      </h2>
      {findings.length === 0 && <p class="none">{t("No trouble found")}</p>}
      {findings.length > FEW && <Filters findings={findings} choice={choice} actions={actions} />}
      <ul>
        {shown.map(({ id, code, severity, message, place, fixes }) => (
          <li key={id}>
            <div class="head">
              <SeverityIcon severity={severity} label={severityText(severity)} />
              <b>{code}</b>
              <button
                class="link place"
                aria-label={t("{0}: go to {1}", code, place)}
                onClick={() => {
                  actions.revealFinding(id);
                }}
              >
                {place}
              </button>
            </div>
            <p>{message}</p>
            {fixes.map((fix) => (
              <button
                key={fix.id}
                class="link fix"
                onClick={() => {
                  actions.applyFix(id, fix.id);
                }}
              >
                {fix.title}
              </button>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Names of PyTorch that the run asked for and Chainrule lacks. */
export function Unsupported(props: {
  readonly names: readonly UnsupportedRow[];
  readonly actions: Actions;
}): JSX.Element | null {
  const { names, actions } = props;
  if (names.length === 0) return null;
  return (
    <section class="findings" aria-labelledby="unsupported-title">
      <h2 id="unsupported-title">{t("Not supported yet")}</h2>
      <ul>
        {names.map(({ name, place }) => (
          <li key={name} class="head">
            <code>{name}</code>
            {place !== null && (
              <button
                class="link place"
                aria-label={t("{0}: go to {1}", name, place)}
                onClick={() => {
                  actions.revealUnsupported(name);
                }}
              >
                {place}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
