import type { JSX } from "preact";

import { t } from "../l10n.ts";
import { decade } from "../numbers.ts";
import { position, ticks } from "./axis.ts";
import type { Axis } from "./axis.ts";

const HEIGHT = 18;

/** The axis above the bars: labelled decades. */
export function Scale({ axis }: { readonly axis: Axis }): JSX.Element {
  const labels = ticks(axis);
  const words = t("From {0} to {1}, by powers of ten", decade(axis.min), decade(axis.max));
  return (
    <svg class="scale" role="img" aria-label={words} width="100%" height={HEIGHT}>
      {labels.map((exponent, i) => {
        const x = position(axis, 10 ** exponent);
        const anchor = x > 90 ? "end" : "middle"; // to the left is room, to the right the next heading
        return (
          <>
            <text
              class={(labels.length - i) % 2 === 0 ? "minor" : ""}
              x={`${x.toFixed(2)}%`}
              y="11"
              text-anchor={anchor}
            >
              {decade(exponent)}
            </text>
            <line x1={`${x.toFixed(2)}%`} x2={`${x.toFixed(2)}%`} y1="14" y2={HEIGHT} />
          </>
        );
      })}
    </svg>
  );
}
