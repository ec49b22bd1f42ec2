import type { Finding, Span } from "../report.ts";
import type { HalfConstant } from "./rule.ts";
import { defineRule, samePlace, short } from "./rule.ts";
import { flushExponent, formatOf } from "./formats.ts";
import { inMessage, said, type Sentence } from "../said.ts";

/**
 * half-constant: a number in the code that float16 or bfloat16 does not hold: it turns into 0 (an eps) or into infinity (a mask's −1e9).
 *
 * An eps that is 0 protects nothing: the division or the root that it stands in gives infinity or NaN where its partner is 0. So does Adam's
 * 1e-8 beside weights in float16. A mask of −∞ makes NaN of rows that are masked throughout. Where PyTorch itself refuses the number
 * (`masked_fill`, `full`), the finding is an error in its words.
 *
 * What helps: `torch.finfo(x.dtype).min` for masks; 1e-5 or more for an eps in float16; float32 for that part.
 *
 * Source: IEEE 754-2019, binary16: |x| ≤ 2⁻²⁵ rounds to 0, |x| ≥ 65520 to infinity.
 */
export const halfConstant = defineRule({
  code: "half-constant",
  severity: "warning",
  title: "A constant that half precision does not hold",
  check: ({ constants = [] }) =>
    constants
      .filter((c): c is Known => c.value !== null)
      .filter((c) => constants.findIndex((o) => isSame(o, c)) === constants.indexOf(c))
      .map((c) => ({
        at: c.at,
        message: textOf(c),
        measured: { value: c.value },
        layers: [],
      })),
  remedies: ({ constants = [] }) =>
    constants.map(({ at, value, dtype, eps }) =>
      eps
        ? [{ kind: "argument", at: [at], name: "eps", value: ADAM_EPS } as const]
        : [{ kind: "fit", at: [at], value, dtype } as const],
    ),
});

/** The usual one for float16: well above its smallest subnormal, 6e-8. */
const ADAM_EPS = 1e-4;

type Known = HalfConstant & { readonly value: number };
const isSame = (a: HalfConstant, b: HalfConstant): boolean =>
  samePlace(a.at, b.at) && a.value === b.value;

/** One sentence on what becomes of the number. */
function textOf({ value, dtype, eps }: Known): Sentence {
  const format = formatOf(dtype);
  if (!format) return "";
  if (Math.abs(value) >= 1)
    return said`${short(value)} is ${value < 0 ? "−" : ""}infinity in ${dtype}, whose largest number is ${short(format.max)}.`;
  const least = short(2 ** flushExponent(format));
  if (!eps) return said`${short(value)} is 0 in ${dtype}, where all up to ${least} is.`;
  return said`${eps}'s eps of ${short(value)} is 0 in ${dtype}, in which the weights are held: where the second moment is 0 the update divides by 0.`;
}

/** The message of PyTorch's refusal to store a number, with the dtype. */
const REFUSED = /value cannot be converted to type at::(Half|BFloat16) without overflow/;

/** The number that an exception of PyTorch's refused; null for other exceptions. */
export function refusedBy(message: string, at: Span | null): HalfConstant | null {
  const [, type] = REFUSED.exec(message) ?? [];
  if (!type || !at) return null;
  return { at, value: null, dtype: type === "Half" ? "float16" : "bfloat16" };
}

/** That exception as a finding; `where`: in which run. */
export function refusal({ at, dtype }: HalfConstant, message: string, where: Sentence): Finding {
  const format = formatOf(dtype);
  return {
    code: "half-constant",
    severity: "error",
    at,
    ...inMessage(
      said`${where}PyTorch refuses a number beyond ${short(format?.max ?? 0)}, ${dtype}'s largest: ${message}.`,
    ),
    measured: { limit: format?.max ?? 0 },
    layers: [],
    fixes: [],
  };
}
