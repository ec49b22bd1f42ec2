import type { JSX } from "preact";

import { labelOf } from "../groups.ts";
import { t } from "../l10n.ts";
import { rowText } from "../reading.ts";
import { resultOf, rowIdOf } from "../state.ts";
import type { State } from "../state.ts";

/** The selected layer's numbers, which its tip shows to those who point; in sight below the table. */
export function Exact({ state }: { readonly state: State }): JSX.Element | null {
  const id = rowIdOf(state.active);
  const row = id === null ? undefined : resultOf(state.panel)?.rows.find((each) => each.id === id);
  if (row === undefined) return null;
  const [name, ...lines] = rowText(row).split("\n");
  return (
    <details class="exact">
      <summary>{t("Exact numbers: {0}", row.path || labelOf(row, ""))}</summary>
      <ul>
        <li>{name}</li>
        {[...row.markers.map(({ code }) => code), ...lines].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}
