import type { JSX } from "preact";

import { Edges, Heat, overflowText } from "../charts/heat.tsx";
import { magnitudesOf } from "../charts/look.ts";
import type { FormatsLook } from "../charts/look.ts";
import { kept, lost } from "../formats.ts";
import type { Kept } from "../formats.ts";
import { t } from "../l10n.ts";
import { percent } from "../numbers.ts";
import type { LayerRow } from "../protocol.ts";
import { magnitudeOf, read } from "../reading.ts";
import { memo } from "./memo.tsx";

/** More than this share of a tensor lost is marked. */
export const MUCH = 0.01;

const loud = (share: number): string => (share > MUCH ? "number lost" : "number dim");

function Shares({ now }: { readonly now: Kept | null }): JSX.Element {
  if (now === null) {
    return (
      <>
        <td class="number rms" />
        <td class="number" />
        <td class="number float16" />
      </>
    );
  }
  return (
    <>
      <td class="number dim rms">{percent(now.subnormal)}</td>
      <td class={loud(now.flushed)}>{percent(now.flushed)}</td>
      <td class={`${loud(now.overflow.most)} float16`}>{overflowText(now)}</td>
    </>
  );
}

/** A layer's exponents, and which share of it the format loses. */
export const FormatCells = memo(
  (props: { readonly row: LayerRow; readonly look: FormatsLook }): JSX.Element => {
    const { row, look } = props;
    const reading = read(row, look.quantity);
    const magnitude = magnitudeOf(reading);
    if (magnitude === null) {
      return (
        <>
          <td class="chart">
            <svg class="heat" width="100%" height="22" aria-hidden>
              <Edges look={look} />
              <text class="word dim" x="0" y="15">
                {reading.kind === "value" || reading.kind === "broken" ? "" : reading.text}
              </text>
            </svg>
          </td>
          <Shares now={null} />
        </>
      );
    }
    const now = kept(magnitude, look.format, look.scale);
    return (
      <>
        <td class="chart">
          <Heat magnitude={magnitude} now={now} look={look} />
        </td>
        <Shares now={now} />
      </>
    );
  },
);

/** The layer that loses most below a shut heading. */
export const FormatSummary = memo(
  (props: { readonly rows: readonly LayerRow[]; readonly look: FormatsLook }): JSX.Element => {
    const { rows, look } = props;
    let most: Kept | null = null;
    for (const magnitude of magnitudesOf(rows, look.quantity)) {
      const now = kept(magnitude, look.format, look.scale);
      if (now !== null && (most === null || lost(now) > lost(most))) most = now;
    }
    return (
      <>
        <td class="chart dim">{most !== null && t("at most")}</td>
        <Shares now={most} />
      </>
    );
  },
);
