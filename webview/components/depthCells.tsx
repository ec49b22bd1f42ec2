import type { JSX } from "preact";

import { Bar, secondOf } from "../charts/bar.tsx";
import type { DepthLook } from "../charts/look.ts";
import { magnitudesOf } from "../charts/look.ts";
import { Strip } from "../charts/strip.tsx";
import { worst } from "../groups.ts";
import { short, times } from "../numbers.ts";
import { spreadOf } from "../percentiles.ts";
import type { LayerRow } from "../protocol.ts";
import { magnitudeOf, read, readParameter } from "../reading.ts";
import { memo } from "./memo.tsx";
import { RangeCells } from "./rangeCells.tsx";

/** rms of the parameters beside the main one, as far as they have one. */
function otherParameters(row: LayerRow): readonly number[] {
  return row.parameters.slice(1).flatMap((parameter) => {
    const rms = magnitudeOf(readParameter(parameter))?.rms ?? 0;
    return rms > 0 ? [rms] : [];
  });
}

/** How many times as large as in the run to compare with: `×12`, `=`; "" where there is nothing to compare. */
export function changeText(now: number | null, before: number | null): string {
  if (now === null || before === null || before === 0) return "";
  const ratio = now / before;
  return Math.abs(ratio - 1) < 0.005 ? "=" : times(ratio);
}

/** A layer's bar, its rms, its factor or the difference, and what float16 makes of it. */
export const DepthCells = memo(
  (props: { readonly row: LayerRow; readonly look: DepthLook }): JSX.Element => {
    const { row, look } = props;
    const { quantity, axis, thresholds, against } = look;
    const reading = read(row, quantity);
    const magnitude = magnitudeOf(reading);
    const isWeights = quantity === "weightGradients";
    const ring = isWeights ? (row.outputGrad?.rms ?? 0) : 0;
    const severity = worst([row]);
    const other = against?.get(row.id);
    const second = other === undefined ? null : secondOf(read(other, quantity));
    const factor = row.factor === null ? "" : times(row.factor);
    return (
      <>
        <td class="chart">
          <Bar
            axis={axis}
            thresholds={thresholds}
            reading={reading}
            strokes={isWeights ? otherParameters(row) : []}
            ring={ring > 0 ? ring : null}
            severity={severity}
            spread={reading.kind === "value" ? spreadOf(reading.magnitude) : null}
            second={second}
          />
        </td>
        <td class="number rms">{reading.kind === "value" ? short(reading.magnitude.rms) : ""}</td>
        <td class={severity === null ? "number dim" : "number"}>
          {against === null ? factor : changeText(secondOf(reading), second)}
        </td>
        <td class="chart float16">{magnitude !== null && <Strip magnitude={magnitude} />}</td>
      </>
    );
  },
);

/** What a shut heading says about the layers below it. */
export const DepthSummary = memo(
  (props: { readonly rows: readonly LayerRow[]; readonly look: DepthLook }): JSX.Element => {
    const { rows, look } = props;
    const values = magnitudesOf(rows, look.quantity).flatMap(({ rms }) => (rms > 0 ? [rms] : []));
    const flushed = magnitudesOf(rows, look.quantity).reduce(
      (most, magnitude) =>
        most === null || magnitude.float16.flushed > most.float16.flushed ? magnitude : most,
      null as LayerRow["output"],
    );
    return (
      <RangeCells rows={rows} look={look} values={values}>
        {flushed !== null && <Strip magnitude={flushed} />}
      </RangeCells>
    );
  },
);
