import type { ComponentChildren, JSX } from "preact";
import { RangeBar } from "../charts/bar.tsx";
import { worst } from "../groups.ts";
import type { LayerRow } from "../protocol.ts";
import type { DepthLook } from "../charts/look.ts";

interface Props {
  readonly rows: readonly LayerRow[];
  readonly look: Pick<DepthLook, "axis" | "thresholds">;
  readonly values: readonly number[];
  /** What stands in the last cell. */
  readonly children?: ComponentChildren;
}

/** The cells of a shut heading: from the least to the most of the layers below it. */
export const RangeCells = ({ rows, look, values, children }: Props): JSX.Element => (
  <>
    <td class="chart">
      <RangeBar
        axis={look.axis}
        thresholds={look.thresholds}
        values={values}
        severity={worst(rows)}
      />
    </td>
    <td class="number rms" />
    <td />
    <td class="chart float16">{children}</td>
  </>
);
