import type { JSX, TargetedKeyboardEvent } from "preact";

import { t } from "../l10n.ts";
import { TABS } from "../state.ts";
import type { Tab } from "../state.ts";
import type { Actions } from "./actions.ts";

export const tabId = (tab: Tab): string => `tab-${tab}`;

/** The views of a result, with arrow keys between them. */
export function Tabs(props: {
  readonly chosen: Tab;
  readonly findings: number;
  readonly actions: Actions;
}): JSX.Element {
  const { chosen, findings, actions } = props;
  const titles: { readonly [T in Tab]: string } = {
    layers: t("Layers"),
    formats: t("Formats"),
    steps: t("Steps"),
    findings: t("Findings {0}", findings),
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const here = TABS.indexOf(chosen);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tab = step === undefined ? undefined : TABS[(here + step + TABS.length) % TABS.length];
    if (tab === undefined) return;
    event.preventDefault();
    actions.show({ tab });
    document.getElementById(tabId(tab))?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={t("View")} onKeyDown={onKeyDown}>
      {TABS.map((tab) => (
        <button
          key={tab}
          id={tabId(tab)}
          role="tab"
          class="tab"
          aria-selected={tab === chosen}
          aria-controls="view"
          tabIndex={tab === chosen ? 0 : -1}
          onClick={() => {
            actions.show({ tab });
          }}
        >
          {titles[tab]}
        </button>
      ))}
    </div>
  );
}
