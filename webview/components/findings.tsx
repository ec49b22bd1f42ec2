import type { JSX } from "preact";

import { t } from "../l10n.ts";
import type { FindingRow, UnsupportedRow } from "../protocol.ts";
import type { Actions } from "./actions.ts";
import { SeverityIcon, severityText } from "./icons.tsx";

/** Fewer findings need no filter. */
const FEW = 3;

/** Those that contain every word of the filter, in code, severity, sentence or place. */
export function filtered(findings: readonly FindingRow[], filter: string): readonly FindingRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter(({ code, severity, message, place }) => {
    const text = [code, severity, severityText(severity), message, place].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The findings, worst first, each with its place and its fixes. */
export function Findings(props: {
  readonly findings: readonly FindingRow[];
  readonly filter: string;
  readonly actions: Actions;
}): JSX.Element {
  const { findings, filter, actions } = props;
  const shown = findings.length > FEW ? filtered(findings, filter) : findings;
  return (
    <section class="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">
        {t("Findings {0}", findings.length)}
        {shown.length < findings.length && (
          <span class="dim"> {t("({0} shown)", shown.length)}</span>
        )}
      </h2>
      {findings.length === 0 && <p class="none">{t("No trouble found")}</p>}
      {findings.length > FEW && (
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
      )}
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
