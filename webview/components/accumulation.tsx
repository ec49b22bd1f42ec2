import type { JSX } from "preact";

import { t } from "../l10n.ts";
import { percent, short } from "../numbers.ts";
import type { AccumulationView } from "../protocol.ts";
import type { Actions } from "./actions.ts";

/** A sum counts as the mean up to rounding of what the losses are multiplied by. */
const SAME = 0.005;

/** How the gradients of several backward passes make up one step. */
export function Accumulation(props: {
  readonly passes: AccumulationView;
  readonly actions: Actions;
}): JSX.Element {
  const { passes, actions } = props;
  const { place, lost } = passes;
  return (
    <p class="accumulation">
      {t("A step adds up the gradients of")} <b>{t("{0} backward passes", passes.passes)}</b>
      {place !== null && (
        <>
          {" "}
          <button
            class="link place"
            aria-label={t("Backward passes: go to {0}", place)}
            onClick={actions.revealPasses}
          >
            {place}
          </button>
        </>
      )}
      . {sumText(passes)}
      {lost !== null &&
        ` ${t("Added up in half precision, it is off by {0} of its length.", percent(lost))}`}
    </p>
  );
}

function sumText({ isCleared, times }: AccumulationView): string {
  if (isCleared) return t("They are cleared in between, so that only the last one counts.");
  if (times === null) return "";
  return Math.abs(times - 1) < SAME
    ? t("Each loss is divided by their number: the sum is the mean.")
    : t("The sum is {0} times the mean.", short(times));
}
