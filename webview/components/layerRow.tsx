import type { JSX } from "preact";

import type { Look } from "../charts/look.ts";
import { labelOf, worst } from "../groups.ts";
import type { LayerRow } from "../protocol.ts";
import { rowText } from "../reading.ts";
import { rowKey } from "../tree.ts";
import { DepthCells } from "./depthCells.tsx";
import { FormatCells } from "./formatCells.tsx";
import { SeverityIcon, severityText } from "./icons.tsx";
import { memo } from "./memo.tsx";
import { StepCells } from "./stepCells.tsx";

interface LayerRowProps {
  readonly row: LayerRow;
  /** The name of the heading around it. */
  readonly group: string;
  readonly level: number;
  /** Its number in the table, from 1; the head has 1. */
  readonly index: number;
  readonly look: Look;
  readonly isActive: boolean;
  readonly isLinked: boolean;
  readonly canTab: boolean;
  /** The first row of a finding. */
  readonly isLead: boolean;
}

/** `downsample.0` → `downsample`, `.0`: the number stays readable where the name is cut. */
function parted(label: string): readonly [string, string] {
  const tail = /\.\d+$/.exec(label)?.[0] ?? "";
  return [label.slice(0, label.length - tail.length), tail];
}

const codesOf = ({ markers }: LayerRow): readonly string[] => markers.map(({ code }) => code);

/** Trouble, name and type: the same in every look. */
const NameCell = memo((props: Pick<LayerRowProps, "row" | "group" | "isLead">): JSX.Element => {
  const { row, group, isLead } = props;
  const severity = worst([row]);
  const [stem, tail] = parted(labelOf(row, group));
  return (
    <td class="name">
      {severity !== null && (
        <SeverityIcon
          severity={severity}
          label={`${severityText(severity)}: ${codesOf(row).join(", ")}`}
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
  );
});

/** One layer's line. */
export const LayerRowView = memo((props: LayerRowProps): JSX.Element => {
  const { row, group, level, index, look, isActive, isLinked, canTab, isLead } = props;
  return (
    <tr
      id={rowKey(row.id)}
      class={`layer level${String(Math.min(level, 4))} ${isActive ? "active" : ""} ${isLinked ? "linked" : ""}`}
      tabIndex={canTab ? 0 : -1}
      aria-selected={isActive}
      aria-level={level}
      aria-rowindex={index}
      title={[...codesOf(row), rowText(row)].join("\n")}
    >
      <NameCell row={row} group={group} isLead={isLead} />
      {look.kind === "depth" && <DepthCells row={row} look={look} />}
      {look.kind === "formats" && <FormatCells row={row} look={look} />}
      {look.kind === "steps" && <StepCells row={row} look={look} />}
    </tr>
  );
});
