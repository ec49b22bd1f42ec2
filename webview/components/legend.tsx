import type { JSX } from "preact";

import type { Threshold } from "../protocol.ts";
import type { Quantity } from "../reading.ts";

/** What the signs in the table mean. */
export function Legend(props: {
  readonly quantity: Quantity;
  readonly thresholds: readonly Threshold[];
}): JSX.Element {
  const { quantity, thresholds } = props;
  return (
    <ul class="legend" aria-label="Legend">
      {quantity === "weightGradients" && (
        <>
          <li>
            <svg width="14" height="10" aria-hidden>
              <line class="stroke" x1="7" x2="7" y1="0" y2="10" />
            </svg>
            bias
          </li>
          <li>
            <svg width="14" height="10" aria-hidden>
              <circle class="ring" cx="7" cy="5" r="2.5" />
            </svg>
            output&rsquo;s gradient
          </li>
        </>
      )}
      {thresholds.map(({ label }) => (
        <li key={label}>
          <svg width="14" height="10" aria-hidden>
            <line class="threshold" x1="7" x2="7" y1="0" y2="10" />
          </svg>
          {label}
        </li>
      ))}
      <li>
        <svg width="14" height="10" aria-hidden>
          <rect class="flushed" width="14" height="10" />
        </svg>
        zero in float16
      </li>
      <li>
        <svg width="14" height="10" aria-hidden>
          <rect class="subnormal" width="14" height="10" />
        </svg>
        subnormal
      </li>
      <li>
        <svg width="14" height="10" aria-hidden>
          <rect class="overflow" width="14" height="10" />
        </svg>
        infinite
      </li>
    </ul>
  );
}
