import type { JSX } from "preact";

import { Bar } from "../charts/bar.tsx";
import { t } from "../l10n.ts";
import { percent, short } from "../numbers.ts";
import type { CurvatureView } from "../protocol.ts";

/** The learning rate beside the one up to which the loss's curvature lets steps go down. */
export function Stability({ curvature }: { readonly curvature: CurvatureView }): JSX.Element {
  const { eigenvalue, rate, stable } = curvature;
  const head = t("Largest curvature λ of the loss at the first step:");
  if (stable === null) {
    return (
      <p class="stability">
        {head} <b>{short(eigenvalue)}</b>
      </p>
    );
  }
  const times = rate / stable;
  const isBeyond = times > 1;
  return (
    <div class="stability">
      <p>
        {head} <b>{short(eigenvalue)}</b>.{" "}
        {isBeyond
          ? t(
              "The learning rate {0} is {1} times the {2} up to which steps are stable.",
              short(rate),
              short(times),
              short(stable),
            )
          : t(
              "Steps are stable up to a learning rate of {0}; {1} is {2} of that.",
              short(stable),
              short(rate),
              percent(times),
            )}
      </p>
      <Bar
        axis={{
          min: Math.log10(Math.min(rate, stable)) - 1,
          max: Math.log10(Math.max(rate, stable)) + 0.5,
        }}
        thresholds={[{ value: stable, label: "" }]}
        reading={{ kind: "value", magnitude: { rms: rate, nans: 0, infs: 0 } }}
        strokes={[]}
        ring={null}
        severity={isBeyond ? "warning" : null}
        spread={null}
        second={null}
      />
      <p class="dim">{t("Bar: the learning rate, on a log axis; dotted: stable up to here.")}</p>
    </div>
  );
}
