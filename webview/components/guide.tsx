import type { JSX } from "preact";

import type { Look } from "../charts/look.ts";
import { t } from "../l10n.ts";

/** How the table is read, and its keys: what the tips of the columns say, for those who cannot point. */
export function Guide({ look }: { readonly look: Look }): JSX.Element {
  return (
    <details class="guide">
      <summary>{t("How to read this")}</summary>
      <ul>
        <li>
          {t("Each line is one call of a layer, in forward order, below the module that holds it.")}
        </li>
        {sentences(look).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        <li>
          {t("A click or Enter goes to the line of code; the cursor there selects the layer.")}
        </li>
        <li>
          {t(
            "Keys: ↑ ↓ Home End move, ← → fold and unfold, * unfolds all, Tab goes on to the exact numbers of the selected layer.",
          )}
        </li>
      </ul>
    </details>
  );
}

function sentences(look: Look): readonly string[] {
  switch (look.kind) {
    case "depth":
      return [
        t(
          "A bar is as long as the root mean square (rms) of the elements, on a log axis: equal steps are equal factors.",
        ),
        look.against === null
          ? t(
              "factor: what the layer multiplies the gradient by on its way back, rms of its input’s gradient over rms of its output’s. Far below 1 over many layers the gradient vanishes, far above it explodes.",
            )
          : t("change: how many times as large as in the other run."),
        t(
          "float16: which share of the elements becomes zero, subnormal or infinite there, at loss scale 1.",
        ),
      ];
    case "formats":
      return [
        t(
          "A strip shows how many elements have which power of two, and by its colour what becomes of them in the format at the chosen loss scale.",
        ),
        t(
          "A loss scale multiplies the loss and so all gradients, which moves them to the right within the format’s range.",
        ),
      ];
    case "steps":
      return [
        t(
          "A bar is as long as what the step changes of a weight, over the weight’s size (rms over rms), on a log axis.",
        ),
        t("gradient: its root mean square at this step; trend: over all steps."),
      ];
  }
}
