import type { JSX } from "preact";

import { t } from "../l10n.ts";
import { percent } from "../numbers.ts";
import type { TermView } from "../protocol.ts";
import type { Actions } from "./actions.ts";

/** The terms that the loss is a sum of, and what of the weights' gradients comes from each. */
export function Terms(props: {
  readonly terms: readonly TermView[];
  readonly actions: Actions;
}): JSX.Element {
  const { terms, actions } = props;
  return (
    <div class="terms wide-table" tabIndex={0} role="group" aria-label={t("Terms of the loss")}>
      <table class="plain">
        <caption>{t("Share of a weight’s gradient that each term of the loss makes up")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("Term")}</th>
            <th scope="col" class="number" colSpan={2}>
              {t("median")}
            </th>
            <th scope="col" class="number">
              {t("least … most")}
            </th>
          </tr>
        </thead>
        <tbody>
          {terms.map(({ place, isPenalty, median, least, most }, i) => (
            <tr key={`${place} ${String(i)}`}>
              <th scope="row">
                <button
                  class="link place"
                  aria-label={t("Term {0}: go to {1}", i + 1, place)}
                  onClick={() => {
                    actions.revealTerm(String(i));
                  }}
                >
                  {place}
                </button>
                {isPenalty && ` ${t("penalty")}`}
              </th>
              <td class="chart">
                <svg class="bar" width="100%" height="10" aria-hidden>
                  <rect class="value" width={`${(100 * median).toFixed(2)}%`} height="10" />
                </svg>
              </td>
              <td class="number">{percent(median)}</td>
              <td class="number dim">{`${percent(least)} … ${percent(most)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
