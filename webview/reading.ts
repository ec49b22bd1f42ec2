import { t } from "./l10n.ts";
import { exact, percent, shapeText, short, times } from "./numbers.ts";
import { spreadOf } from "./percentiles.ts";
import type { Spread } from "./percentiles.ts";
import type { LayerRow, Magnitude, ParameterView } from "./protocol.ts";

/** What the charts show, and what it is called. */
export const QUANTITIES = {
  weightGradients: () => t("weight gradients"),
  activationGradients: () => t("activation gradients"),
  activations: () => t("activations"),
} as const;
export type Quantity = keyof typeof QUANTITIES;

/** What a bar's length needs. */
export type Size = Pick<Magnitude, "rms" | "nans" | "infs">;

/** What a row's bar cell says: a magnitude, or in words why there is none. */
export type Reading<M extends Size = Magnitude> =
  | { readonly kind: "value"; readonly magnitude: M }
  | { readonly kind: "broken"; readonly magnitude: M; readonly text: string }
  | { readonly kind: "zero"; readonly text: string; readonly expected: boolean }
  | { readonly kind: "absent"; readonly text: string };

function readMagnitude(magnitude: Magnitude): Reading {
  if (magnitude.nans > 0) return { kind: "broken", magnitude, text: "NaN" };
  if (magnitude.infs > 0) return { kind: "broken", magnitude, text: "∞" };
  if (magnitude.rms === 0) return { kind: "zero", text: t("all zero"), expected: false };
  return { kind: "value", magnitude };
}

export function readParameter({ grad, zero }: ParameterView): Reading {
  if (zero === "byConstruction") {
    return { kind: "zero", text: t("zero by construction"), expected: true };
  }
  if (zero === "atStart") return { kind: "zero", text: t("zero at start"), expected: true };
  return grad === null ? { kind: "absent", text: t("no gradient") } : readMagnitude(grad);
}

export function read(row: LayerRow, quantity: Quantity): Reading {
  if (quantity === "weightGradients") {
    const main = row.parameters[0];
    return main === undefined ? { kind: "absent", text: "" } : readParameter(main);
  }
  const magnitude = quantity === "activations" ? row.output : row.outputGrad;
  return magnitude === null
    ? { kind: "absent", text: t("not measured") }
    : readMagnitude(magnitude);
}

/** The magnitude behind a reading; null where there is none to speak of. */
export function magnitudeOf(reading: Reading): Magnitude | null {
  return reading.kind === "value" || reading.kind === "broken" ? reading.magnitude : null;
}

/** One phrase for screen readers: `3.2·10⁻⁹`, `zero by construction`. */
export function spoken(reading: Reading<Size>): string {
  if (reading.kind === "value") return short(reading.magnitude.rms);
  if (reading.kind === "broken") {
    const { nans, infs } = reading.magnitude;
    return t("{0} NaN, {1} infinite", nans, infs);
  }
  return reading.text === "" ? t("none") : reading.text;
}

const ends = ({ low, high }: Spread): readonly [string, string] => [short(low), short(high)];

function exactly(magnitude: Magnitude): string {
  const { rms, absMax, count, zeros, nans, infs } = magnitude;
  const odd = [
    zeros > 0 ? t("{0} zeros", percent(zeros / count)) : "",
    nans > 0 ? `${String(nans)} NaN` : "",
    infs > 0 ? t("{0} infinite", infs) : "",
  ].filter((part) => part !== "");
  const spread = spreadOf(magnitude);
  const most = spread === null ? [] : [t("5th to 95th percentile ≈ {0} … {1}", ...ends(spread))];
  return [t("rms {0}, largest {1}", exact(rms), exact(absMax)), ...most, ...odd].join(", ");
}

export function float16Text({ float16 }: Magnitude): string {
  const { flushed, subnormal, overflow } = float16;
  return t(
    "In float16 {0} become zero, {1} subnormal, {2} infinite",
    percent(flushed),
    percent(subnormal),
    percent(overflow),
  );
}

function parameterText(parameter: ParameterView): string {
  const { name, shape, grad, zero } = parameter;
  const head = `${name} ${shapeText(shape)}`;
  if (zero === "byConstruction") {
    return grad === null || grad.rms === 0
      ? t("{0}: gradient is zero by construction", head)
      : t("{0}: gradient is zero by construction; rms {1} is rounding", head, exact(grad.rms));
  }
  if (zero === "atStart") {
    return t("{0}: gradient is zero at the start only; it wakes within three steps", head);
  }
  return grad === null
    ? t("{0}: gradient is None", head)
    : t("{0}: gradient {1}", head, exactly(grad));
}

const texts = new WeakMap<LayerRow, string>();

/** The exact numbers of a row, one per line, for the tooltip. Written once: a row is drawn anew with each step of a slider. */
export function rowText(row: LayerRow): string {
  const known = texts.get(row) ?? written(row);
  texts.set(row, known);
  return known;
}

function written(row: LayerRow): string {
  const { path, type, functional, call, place, parameters, output, outputGrad, factor } = row;
  const name = functional
    ? t("{0}() in {1}", type, path || t("the model"))
    : `${path || t("model")} (${type})`;
  const lines = [
    name + (call > 0 ? t(", call {0}", call + 1) : "") + (place === null ? "" : `, ${place}`),
    ...parameters.map(parameterText),
  ];
  if (outputGrad !== null) lines.push(t("gradient of the output: {0}", exactly(outputGrad)));
  if (output !== null) {
    lines.push(t("output {0}: {1}", shapeText(row.outputShape), exactly(output)));
  }
  if (factor !== null) {
    lines.push(t("passes the gradient on {0} ({1})", times(factor), exact(factor)));
  }
  return lines.join("\n");
}
