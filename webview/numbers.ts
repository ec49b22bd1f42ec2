const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** −12 → `⁻¹²`. */
export function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)] ?? "");
  return (exponent < 0 ? "⁻" : "") + digits.join("");
}

/** 10^exponent as an axis says it: `10⁻⁶`, `1`, `10`. */
export function decade(exponent: number): string {
  if (exponent === 0) return "1";
  return exponent === 1 ? "10" : `10${superscript(exponent)}`;
}

/** 2^exponent: `2⁻²⁴`. */
export const power = (exponent: number): string =>
  exponent === 0 ? "1" : `2${superscript(exponent)}`;

/** Two significant digits for a glance: `0.14`, `3.2·10⁻⁹`, `0`. */
export function short(value: number): string {
  return scientific(value, 2);
}

/** Two significant digits, or as many, to five, as tell the least of these from the greatest. */
export function telling(values: readonly (number | null)[]): (value: number) => string {
  const finite = values.filter((value) => value !== null);
  const [least, greatest] = [Math.min(...finite), Math.max(...finite)];
  const tells = (digits: number): boolean =>
    least >= greatest || scientific(least, digits) !== scientific(greatest, digits);
  const digits = [2, 3, 4].find(tells) ?? 5;
  return (value) => scientific(value, digits);
}

/** Five significant digits, for tooltips. */
export function exact(value: number): string {
  return scientific(value, 5);
}

function scientific(value: number, digits: number): string {
  if (value === 0) return "0";
  const [mantissa = "", power = "0"] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent >= -2 && exponent < 4) return String(Number(value.toPrecision(digits)));
  return `${mantissa}·10${superscript(exponent)}`;
}

/** A factor per layer: `×0.14`, `×0.0047`; beyond 1/1000 and 1000 as a power, `×10⁻⁶`. */
export function times(factor: number): string {
  if (factor === 0) return "×0";
  const power = Math.log10(Math.abs(factor));
  return Math.abs(power) < 3
    ? `×${String(Number(factor.toPrecision(2)))}`
    : `×10${superscript(Math.round(power))}`;
}

/** A share (0..1) as a percentage that never rounds something to nothing: `97 %`, `< 0.1 %`, `0 %`. */
export function percent(share: number): string {
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return `${String(Number((100 * share).toPrecision(share < 0.1 ? 2 : 3)))} %`;
}

/** `[32, 1, 28, 28]`, as PyTorch prints it. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
