/** A subject as Python source that a user reads, edits and keeps as a comment. Editor-free. */
import { splitTop } from "../engine/client.ts";
import type { Subject } from "../engine/report.ts";

/** `Net(depth=12, act='a,b')` → `depth=12`, `act='a,b'`. */
export function argumentsOf(call: string): string[] {
  const inside = /^[^(]*\((.*)\)$/s.exec(call)?.[1] ?? "";
  return splitTop(inside);
}

/** The argument's name, or `argument 1` for one by position. */
export function argumentName(source: string, index: number): string {
  return /^([A-Za-z_]\w*)\s*=(?!=)/.exec(source)?.[1] ?? `argument ${index + 1}`;
}

export const argumentValue = (source: string): string =>
  source.replace(/^[A-Za-z_]\w*\s*=(?!=)\s*/, "");

interface InputFields {
  readonly kind?: unknown;
  readonly shape?: readonly number[];
  readonly low?: number;
  readonly high?: number;
  readonly expr?: string;
}

/** The run's inputs, each as `(32, 1, 28, 28)`, `randint(0, 10, (2, 8))` or another expression. */
export function inputsOf(subject: Subject): string[] {
  const given = subject.case["inputs"];
  if (!Array.isArray(given)) return [];
  return (given as readonly InputFields[]).map(({ kind, shape = [], low = 0, high, expr }) => {
    const sizes = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
    if (kind === "randn") return sizes;
    if (kind === "randint") return `randint(${low}, ${high ?? 10}, ${sizes})`;
    return kind === "py" ? (expr ?? "") : `${String(kind)}${sizes}`;
  });
}

/** The leading size of all inputs where they share one and state it. */
export function batchOf(inputs: readonly string[]): number | undefined {
  const sizes = inputs.map((text) => LEADING.exec(text)?.[2]);
  return sizes[0] !== undefined && sizes.every((size) => size === sizes[0])
    ? Number(sizes[0])
    : undefined;
}

const LEADING = /^((?:randn|rand|zeros|ones)?\(|randint\([^(]*\()(\d+)(?=,)/;

export const withBatch = (inputs: readonly string[], batch: number): string[] =>
  inputs.map((text) => text.replace(LEADING, (_, lead: string) => `${lead}${batch}`));

/** The loss by the name that a comment or a request gives it; undefined: Chainrule chose. */
export function lossOf(subject: Subject): string | undefined {
  const loss = subject.case["loss"];
  return typeof loss === "string" && loss !== "auto" ? loss : undefined;
}

/** `# chainrule: Net(depth=12), input=(32, 1, 28, 28), loss=mse`. */
export function commentOf(
  call: string,
  inputs: readonly string[],
  loss: string | undefined,
): string {
  const parts = [call, ...inputs.map((text) => `input=${text}`), ...(loss ? [`loss=${loss}`] : [])];
  return `# chainrule: ${parts.join(", ")}`;
}
