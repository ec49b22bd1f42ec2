import type { JSX } from "preact";

import type { Look } from "../charts/look.ts";
import { worst } from "../groups.ts";
import { t } from "../l10n.ts";
import { groupKey } from "../tree.ts";
import type { Branch } from "../tree.ts";
import { DepthSummary } from "./depthCells.tsx";
import { FormatSummary } from "./formatCells.tsx";
import { SeverityIcon, severityText, Twistie } from "./icons.tsx";
import { memo } from "./memo.tsx";
import { StepSummary } from "./stepCells.tsx";

interface HeadingProps {
  readonly branch: Branch;
  readonly level: number;
  readonly index: number;
  readonly isOpen: boolean;
  readonly look: Look;
  readonly isActive: boolean;
  readonly canTab: boolean;
}

/** A module's line; shut, it speaks for the layers below. */
export const Heading = memo((props: HeadingProps): JSX.Element => {
  const { branch, level, index, isOpen, look, isActive, canTab } = props;
  const severity = isOpen ? null : worst(branch.rows);
  const count = branch.rows.length;
  const name = (
    <>
      {severity !== null && <SeverityIcon severity={severity} label={severityText(severity)} />}
      <Twistie isOpen={isOpen} /> {branch.label}{" "}
      {!isOpen && <span class="dim">{count === 1 ? t("1 layer") : t("{0} layers", count)}</span>}
    </>
  );
  return (
    <tr
      id={groupKey(branch.key)}
      class={`group level${String(Math.min(level, 4))} ${isActive ? "active" : ""}`}
      tabIndex={canTab ? 0 : -1}
      aria-level={level}
      aria-expanded={isOpen}
      aria-selected={isActive}
      aria-rowindex={index}
      title={branch.name}
    >
      {isOpen ? (
        <>
          <td class="name" colSpan={2}>
            {name}
          </td>
          {/* every column has a cell, or the selection's colour would end halfway */}
          <td class="rms" />
          <td />
          <td class="float16" />
        </>
      ) : (
        <>
          <td class="name">{name}</td>
          {look.kind === "depth" && <DepthSummary rows={branch.rows} look={look} />}
          {look.kind === "formats" && <FormatSummary rows={branch.rows} look={look} />}
          {look.kind === "steps" && <StepSummary rows={branch.rows} look={look} />}
        </>
      )}
    </tr>
  );
});
