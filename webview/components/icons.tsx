import type { JSX } from "preact";

import { t } from "../l10n.ts";
import type { Severity } from "../protocol.ts";

const SHAPES: { readonly [S in Severity | "none"]: JSX.Element } = {
  error: (
    <path d="M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" />
  ),
  warning: <path d="M8 2L15 14.3H1zM8 6.3v4M8 12v.9" />,
  information: <path d="M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM8 4.4v1M8 7.2v4.4" />,
  none: <path d="M2.5 8.6l3.6 3.6l7.4-8" />,
};

export function severityText(severity: Severity | "none"): string {
  switch (severity) {
    case "error":
      return t("error");
    case "warning":
      return t("warning");
    case "information":
      return t("information");
    case "none":
      return t("no trouble");
  }
}

/** Severities differ by shape, not by colour alone. */
export function SeverityIcon(props: {
  readonly severity: Severity | "none";
  readonly label?: string;
  /** A thin upright line instead: the same trouble as further up. */
  readonly isSlight?: boolean;
}): JSX.Element {
  const { severity, label, isSlight = false } = props;
  const naming =
    label === undefined ? { "aria-hidden": true } : { role: "img" as const, "aria-label": label };
  return (
    <svg class={`icon ${severity}`} width="14" height="14" viewBox="0 0 16 16" {...naming}>
      {isSlight ? <path d="M8 -5v26" /> : SHAPES[severity]}
    </svg>
  );
}

/** The triangle before a heading: down when open, right when shut. */
export function Twistie({ isOpen }: { readonly isOpen: boolean }): JSX.Element {
  return (
    <svg class="twistie" width="12" height="12" viewBox="0 0 16 16" aria-hidden>
      <path d={isOpen ? "M3 5.5l5 5l5-5" : "M5.5 3l5 5l-5 5"} />
    </svg>
  );
}
