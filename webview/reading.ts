import { exact, percent, shapeText, short, times } from "./numbers.ts";
import type { LayerRow, Magnitude, ParameterView } from "./protocol.ts";

/** What the bars show. */
export const QUANTITIES = {
  weightGradients: "weight gradients",
  activationGradients: "activation gradients",
  activations: "activations",
} as const;
export type Quantity = keyof typeof QUANTITIES;

/** What a row's bar cell says: a magnitude, or in words why there is none. */
export type Reading =
  | { readonly kind: "value"; readonly magnitude: Magnitude }
  | { readonly kind: "broken"; readonly magnitude: Magnitude; readonly text: string }
  | { readonly kind: "zero"; readonly text: string; readonly expected: boolean }
  | { readonly kind: "absent"; readonly text: string };

function readMagnitude(magnitude: Magnitude): Reading {
  if (magnitude.nans > 0) return { kind: "broken", magnitude, text: "NaN" };
  if (magnitude.infs > 0) return { kind: "broken", magnitude, text: "∞" };
  if (magnitude.rms === 0) return { kind: "zero", text: "all zero", expected: false };
  return { kind: "value", magnitude };
}

export function readParameter({ grad, zero }: ParameterView): Reading {
  if (zero === "byConstruction") {
    return { kind: "zero", text: "zero by construction", expected: true };
  }
  if (zero === "atStart") return { kind: "zero", text: "zero at start", expected: true };
  return grad === null ? { kind: "absent", text: "no gradient" } : readMagnitude(grad);
}

export function read(row: LayerRow, quantity: Quantity): Reading {
  if (quantity === "weightGradients") {
    const main = row.parameters[0];
    return main === undefined ? { kind: "absent", text: "" } : readParameter(main);
  }
  const magnitude = quantity === "activations" ? row.output : row.outputGrad;
  return magnitude === null ? { kind: "absent", text: "not measured" } : readMagnitude(magnitude);
}

/** The magnitude behind a reading; null where there is none to speak of. */
export function magnitudeOf(reading: Reading): Magnitude | null {
  return reading.kind === "value" || reading.kind === "broken" ? reading.magnitude : null;
}

/** One phrase for screen readers: `3.2·10⁻⁹`, `zero by construction`. */
export function spoken(reading: Reading): string {
  if (reading.kind === "value") return short(reading.magnitude.rms);
  if (reading.kind === "broken") {
    const { nans, infs } = reading.magnitude;
    return `${String(nans)} NaN, ${String(infs)} infinite`;
  }
  return reading.text === "" ? "none" : reading.text;
}

function exactly(magnitude: Magnitude): string {
  const { rms, absMax, count, zeros, nans, infs } = magnitude;
  const odd = [
    zeros > 0 ? `${percent(zeros / count)} zeros` : "",
    nans > 0 ? `${String(nans)} NaN` : "",
    infs > 0 ? `${String(infs)} infinite` : "",
  ].filter((part) => part !== "");
  return [`rms ${exact(rms)}, largest ${exact(absMax)}`, ...odd].join(", ");
}

export function float16Text({ float16 }: Magnitude): string {
  const { flushed, subnormal, overflow } = float16;
  return (
    `In float16 ${percent(flushed)} become zero, ${percent(subnormal)} subnormal, ` +
    `${percent(overflow)} infinite`
  );
}

function parameterText(parameter: ParameterView): string {
  const { name, shape, grad, zero } = parameter;
  const head = `${name} ${shapeText(shape)}: gradient`;
  if (zero === "byConstruction") {
    const noise = grad === null || grad.rms === 0 ? "" : `; rms ${exact(grad.rms)} is rounding`;
    return `${head} is zero by construction${noise}`;
  }
  if (zero === "atStart") return `${head} is zero at the start only; it wakes within three steps`;
  return grad === null ? `${head} is None` : `${head} ${exactly(grad)}`;
}

/** The exact numbers of a row, one per line, for the tooltip. */
export function rowText(row: LayerRow): string {
  const { path, type, functional, call, place, parameters, output, outputGrad, factor } = row;
  const name = functional ? `${type}() in ${path || "the model"}` : `${path || "model"} (${type})`;
  const lines = [
    name + (call > 0 ? `, call ${String(call + 1)}` : "") + (place === null ? "" : `, ${place}`),
    ...parameters.map(parameterText),
  ];
  if (outputGrad !== null) lines.push(`gradient of the output: ${exactly(outputGrad)}`);
  if (output !== null) lines.push(`output ${shapeText(row.outputShape)}: ${exactly(output)}`);
  if (factor !== null) lines.push(`passes the gradient on ${times(factor)} (${exact(factor)})`);
  return lines.join("\n");
}
