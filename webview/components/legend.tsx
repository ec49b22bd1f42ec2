import type { ComponentChildren, JSX } from "preact";

import type { Look } from "../charts/look.ts";
import { t } from "../l10n.ts";
import type { Threshold } from "../protocol.ts";

function Sign(props: { readonly children: ComponentChildren; readonly text: string }): JSX.Element {
  return (
    <li>
      <svg width="14" height="10" aria-hidden>
        {props.children}
      </svg>
      {props.text}
    </li>
  );
}

const swatch = (kind: string): JSX.Element => <rect class={kind} width="14" height="10" />;
const line = (kind: string): JSX.Element => <line class={kind} x1="7" x2="7" y1="0" y2="10" />;

const thresholds = (all: readonly Threshold[]): JSX.Element[] =>
  all.map(({ label }, i) => (
    <Sign key={label} text={label}>
      {line(`threshold nth${String(i)}`)}
    </Sign>
  ));

/** A bar, and what its colour adds. */
const bars = (meaning: string): JSX.Element => (
  <>
    <Sign text={meaning}>
      <g class="bar">{swatch("value")}</g>
    </Sign>
    <Sign text={t("named by a warning")}>
      <g class="bar">{swatch("value warning")}</g>
    </Sign>
    <Sign text={t("named by an error")}>
      <g class="bar">{swatch("value error")}</g>
    </Sign>
  </>
);

/** What the signs in the table mean. */
export function Legend({ look }: { readonly look: Look }): JSX.Element {
  if (look.kind === "steps") {
    return (
      <ul class="legend" aria-label={t("Legend")}>
        {bars(t("update over weight"))}
        <Sign text={t("bias")}>{line("stroke")}</Sign>
        {thresholds(look.thresholds)}
      </ul>
    );
  }
  const fates = (
    <>
      <Sign text={look.kind === "depth" ? t("zero in float16") : t("becomes zero")}>
        {swatch("flushed")}
      </Sign>
      <Sign text={t("subnormal")}>{swatch("subnormal")}</Sign>
      <Sign text={look.kind === "depth" ? t("infinite") : t("too large")}>
        {swatch("overflow")}
      </Sign>
    </>
  );
  if (look.kind === "formats") {
    return (
      <ul class="legend" aria-label={t("Legend")}>
        {fates}
        <Sign text={t("normal; the stronger the colour, the more elements")}>
          {swatch("normal")}
        </Sign>
        <Sign text={t("ends of the format's bands, divided by the loss scale")}>
          {line("threshold")}
        </Sign>
      </ul>
    );
  }
  return (
    <ul class="legend" aria-label={t("Legend")}>
      {bars(t("root mean square"))}
      <Sign text={t("5th to 95th percentile, to a factor of 2")}>
        <line class="spread" x1="0" x2="14" y1="5" y2="5" />
      </Sign>
      {look.quantity === "weightGradients" && (
        <>
          <Sign text={t("bias")}>{line("stroke")}</Sign>
          <Sign text={t("output’s gradient")}>
            <circle class="ring" cx="7" cy="5" r="2.5" />
          </Sign>
        </>
      )}
      {look.against !== null && (
        <Sign text={t("the other run")}>
          <rect class="second" y="3" width="14" height="3" />
        </Sign>
      )}
      {thresholds(look.thresholds)}
      {fates}
      <Sign text={t("normal")}>{swatch("normal")}</Sign>
    </ul>
  );
}
