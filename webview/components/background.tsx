import type { JSX } from "preact";

import { t } from "../l10n.ts";
import type { Background as Facts, Controls } from "../protocol.ts";
import type { Actions } from "./actions.ts";
import { RunSettings } from "./settings.tsx";

/** What stands behind the numbers, each behind a heading: settings, replaced data, choices, packages. */
export function Background(props: {
  readonly facts: Facts;
  readonly controls: Controls;
  readonly actions: Actions;
}): JSX.Element {
  const { facts, controls, actions } = props;
  const { choices, replaced, packages } = facts;
  return (
    <section class="background" aria-label={t("What was run")}>
      <RunSettings controls={controls} actions={actions} />
      {replaced.length > 0 && <Replaced facts={facts} actions={actions} />}
      {choices.length > 0 && (
        <details>
          <summary>{t("Chosen by Chainrule: {0}", choices.length)}</summary>
          <dl>
            {choices.map(({ what, value, why }) => (
              <div key={what}>
                <dt>
                  <span class="what">{what}</span> <code>{value}</code>
                </dt>
                <dd>{why}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {packages.length > 0 && (
        <details>
          <summary>{t("Packages: {0}", packages.length)}</summary>
          <ul>
            {packages.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Open at first: numbers that rest on stand-ins must say so. */
function Replaced(props: { readonly facts: Facts; readonly actions: Actions }): JSX.Element {
  const { replaced } = props.facts;
  return (
    <details open>
      <summary>{t("Replaced: {0}", replaced.length)}</summary>
      <ul>
        {replaced.map(({ what, by, place }, i) => (
          <li key={`${what} ${String(i)}`}>
            <span class="what">{what}</span> {t("by {0}", by)}
            {place !== null && (
              <>
                {" "}
                <button
                  class="link place"
                  aria-label={t("{0}: go to {1}", what, place)}
                  onClick={() => {
                    props.actions.revealReplaced(String(i));
                  }}
                >
                  {place}
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
