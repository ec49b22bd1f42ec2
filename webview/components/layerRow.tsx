import { Component } from "preact";
import type { JSX } from "preact";

import type { Axis } from "../charts/axis.ts";
import { Bar } from "../charts/bar.tsx";
import { Strip } from "../charts/strip.tsx";
import { labelOf, worst } from "../groups.ts";
import { short, times } from "../numbers.ts";
import type { LayerRow, Threshold } from "../protocol.ts";
import { magnitudeOf, read, readParameter, rowText } from "../reading.ts";
import type { Quantity } from "../reading.ts";
import { rowKey } from "../state.ts";
import { SeverityIcon } from "./icons.tsx";

export interface LayerRowProps {
  readonly row: LayerRow;
  readonly group: string;
  readonly quantity: Quantity;
  readonly axis: Axis;
  readonly thresholds: readonly Threshold[];
  readonly isActive: boolean;
  readonly isLinked: boolean;
  readonly canTab: boolean;
  /** The first row of a finding. */
  readonly isLead: boolean;
}

/** rms of the parameters beside the main one, as far as they have one. */
function otherParameters(row: LayerRow): readonly number[] {
  return row.parameters.slice(1).flatMap((parameter) => {
    const rms = magnitudeOf(readParameter(parameter))?.rms ?? 0;
    return rms > 0 ? [rms] : [];
  });
}

/** `downsample.0` → `downsample`, `.0`: the number stays readable where the name is cut. */
function parted(label: string): readonly [string, string] {
  const tail = /\.\d+$/.exec(label)?.[0] ?? "";
  return [label.slice(0, label.length - tail.length), tail];
}

/** One layer's line. Drawn anew only when something of its own has changed. */
export class LayerRowView extends Component<LayerRowProps> {
  override shouldComponentUpdate(next: Readonly<LayerRowProps>): boolean {
    const keys = Object.keys(next) as (keyof LayerRowProps)[];
    return keys.some((key) => next[key] !== this.props[key]);
  }

  override render(): JSX.Element {
    const { row, group, quantity, axis, thresholds, isActive, isLinked, canTab, isLead } =
      this.props;
    const reading = read(row, quantity);
    const magnitude = magnitudeOf(reading);
    const isWeights = quantity === "weightGradients";
    const ring = isWeights ? (row.outputGrad?.rms ?? 0) : 0;
    const severity = worst([row]);
    const codes = row.markers.map((marker) => marker.code);
    const [stem, tail] = parted(labelOf(row, group));
    const state = `${isActive ? "active" : ""} ${isLinked ? "linked" : ""}`;
    return (
      <tr
        id={rowKey(row.id)}
        class={`layer ${state} ${group === "" ? "" : "inside"}`}
        tabIndex={canTab ? 0 : -1}
        aria-selected={isActive}
        aria-level={group === "" ? 1 : 2}
        title={[...codes, rowText(row)].join("\n")}
      >
        <td class="name">
          {severity !== null && (
            <SeverityIcon
              severity={severity}
              label={`${severity}: ${codes.join(", ")}`}
              isSlight={!isLead}
            />
          )}
          <div class="label">
            <span class="path">
              <span class="stem">{stem}</span>
              {row.call > 0 ? `${tail} #${String(row.call + 1)}` : tail}
            </span>
            {!row.functional && <span class="dim">{` ${row.type}`}</span>}
          </div>
        </td>
        <td class="chart">
          <Bar
            axis={axis}
            thresholds={thresholds}
            reading={reading}
            strokes={isWeights ? otherParameters(row) : []}
            ring={ring > 0 ? ring : null}
            severity={severity}
          />
        </td>
        <td class="number rms">{reading.kind === "value" ? short(reading.magnitude.rms) : ""}</td>
        <td class={severity === null ? "number dim" : "number"}>
          {row.factor === null ? "" : times(row.factor)}
        </td>
        <td class="chart float16">{magnitude !== null && <Strip magnitude={magnitude} />}</td>
      </tr>
    );
  }
}
