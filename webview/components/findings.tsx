import type { JSX } from "preact";

import type { FindingRow, UnsupportedRow } from "../protocol.ts";
import type { Actions } from "./actions.ts";
import { SeverityIcon } from "./icons.tsx";

/** The findings, worst first, each with its place and its fixes. */
export function Findings(props: {
  readonly findings: readonly FindingRow[];
  readonly actions: Actions;
}): JSX.Element | null {
  const { findings, actions } = props;
  if (findings.length === 0) return null;
  return (
    <section class="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">Findings {findings.length}</h2>
      <ul>
        {findings.map(({ id, code, severity, message, place, fixes }) => (
          <li key={id}>
            <div class="head">
              <SeverityIcon severity={severity} label={severity} />
              <b>{code}</b>
              <button
                class="link place"
                aria-label={`${code}: go to ${place}`}
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
      <h2 id="unsupported-title">Not supported yet</h2>
      <ul>
        {names.map(({ name, place }) => (
          <li key={name} class="head">
            <code>{name}</code>
            {place !== null && (
              <button
                class="link place"
                aria-label={`${name}: go to ${place}`}
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
