import type { JSX } from "preact";

import { Bar } from "../charts/bar.tsx";
import { Spark } from "../charts/curve.tsx";
import type { StepsLook } from "../charts/look.ts";
import { worst } from "../groups.ts";
import { t } from "../l10n.ts";
import { short } from "../numbers.ts";
import type { LayerRow, ParameterView } from "../protocol.ts";
import type { Reading, Size } from "../reading.ts";
import { memo } from "./memo.tsx";
import { RangeCells } from "./rangeCells.tsx";

/** What a step changed a parameter by, of its size; the first step's where no more was measured. */
export const ratioOf = ({ updates }: ParameterView, step: number): number | null =>
  updates[updates.length === 1 ? 0 : step] ?? null;

/** What a step changed a layer's main parameter by. */
export function readRatio({ parameters: [main] }: LayerRow, step: number): Reading<Size> {
  const ratio = main ? ratioOf(main, step) : null;
  if (ratio === null) return { kind: "absent", text: "" };
  if (ratio === 0) return { kind: "zero", text: t("unchanged"), expected: false };
  return { kind: "value", magnitude: { rms: ratio, nans: 0, infs: 0 } };
}

/** A layer's update over weight at a step, as bar and number, and its gradient over the steps. */
export const StepCells = memo(
  (props: { readonly row: LayerRow; readonly look: StepsLook }): JSX.Element => {
    const { row, look } = props;
    const [main, ...others] = row.parameters;
    const ratio = main ? ratioOf(main, look.step) : null;
    const grads = main?.grads ?? [];
    const grad = grads[look.step] ?? null;
    return (
      <>
        <td class="chart">
          <Bar
            axis={look.axis}
            thresholds={look.thresholds}
            reading={readRatio(row, look.step)}
            strokes={others.flatMap((each) => ratioOf(each, look.step) || [])}
            ring={null}
            severity={worst([row])}
            spread={null}
            second={null}
          />
        </td>
        <td class="number rms">{grad === null ? "" : short(grad)}</td>
        <td class="number">{ratio === null ? "" : short(ratio)}</td>
        <td class="chart float16">
          {grads.length > 1 && <Spark values={grads} label={t("gradient over the steps")} />}
        </td>
      </>
    );
  },
);

/** The least and the most that a step changes the layers below a shut heading. */
export const StepSummary = memo(
  (props: { readonly rows: readonly LayerRow[]; readonly look: StepsLook }): JSX.Element => {
    const { rows, look } = props;
    const values = rows.flatMap(
      ({ parameters: [main] }) => (main && ratioOf(main, look.step)) || [],
    );
    return <RangeCells rows={rows} look={look} values={values} />;
  },
);
