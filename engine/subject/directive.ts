import { EngineError } from "../errors.ts";
import type { InputSpec } from "./spec.ts";
import { py } from "./spec.ts";

/** What a directive comment or the command line's options say. */
export interface Wanted {
  readonly entry: string | null;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputSpec[] | null;
  readonly loss: string | null;
  readonly mode: "train" | "eval" | null;
  /** Line of the comment, from 1; 0 for options. */
  readonly line: number;
}

const DIRECTIVE = /^\s*#\s*chainrule:(?!\s*ignore\b)\s*(.+?)\s*$/;

/** Splits at commas outside brackets and quotes. */
export function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote) {
      if (c === quote && text[i - 1] !== "\\") quote = "";
    } else if (c === "'" || c === '"') quote = c;
    else if ("([{".includes(c)) depth++;
    else if (")]}".includes(c)) depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((p) => p.trim()).filter((p) => p !== "");
}

const SIZES = String.raw`[([]?\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*[)\]]?`;
const DRAWN = new RegExp(String.raw`^(?:Variable\()?(?:torch\.)?(randn|rand)\(${SIZES}\)\)?$`);
const WHOLE = new RegExp(
  String.raw`^(?:torch\.)?randint\(\s*(?:low\s*=\s*)?(\d+)\s*,\s*(?:(?:high\s*=\s*)?(\d+)\s*,\s*)?(?:size\s*=\s*)?[([]\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*[)\]](?:,\s*dtype\s*=\s*torch\.(?:long|int64))?\s*\)$`,
);

/** `torch.randn(2, 3, 8, 8)` or `torch.randint(0, 10, (2, 8))` as a shape, which may be made smaller; null for anything else. */
export function drawnInput(text: string): InputSpec | null {
  const drawn = DRAWN.exec(text);
  if (drawn) return { kind: drawn[1] as "randn" | "rand", shape: numbers(drawn[2]!) };
  const whole = WHOLE.exec(text);
  if (!whole) return null;
  const [low, high] = whole[2] === undefined ? [0, whole[1]] : [whole[1], whole[2]];
  return { kind: "randint", low: Number(low), high: Number(high), shape: numbers(whole[3]!) };
}

const numbers = (list: string): number[] => list.split(",").map(Number);

/** `(32, 1, 28, 28)` is a shape of normal random numbers; `randint(0, 10, (2, 8))`, `rand(…)` and any other expression are run as torch's. */
export function parseInput(text: string): InputSpec[] {
  const shape = /^[([]\s*(\d+(?:\s*,\s*\d+)*)\s*,?\s*[)\]]$/.exec(text);
  if (shape) return [{ kind: "randn", shape: shape[1]!.split(",").map(Number) }];
  // Several shapes in a tuple: several inputs.
  if (/^[([]\s*[([]/.test(text) && splitTop(text.slice(1, -1)).every((t) => /^[([]/.test(t)))
    return splitTop(text.slice(1, -1)).flatMap(parseInput);
  const drawn = drawnInput(text);
  if (drawn) return [drawn];
  const factory = /^(randn|rand|zeros|ones|randint|arange|full|tensor)\(/.test(text);
  return [{ kind: "py", expr: factory ? `torch.${text}` : text }];
}

/** `Net(depth=12)` → entry, positional and keyword arguments as Python expressions. */
export function parseCall(text: string): Pick<Wanted, "entry" | "args" | "kwargs"> {
  const call = /^([A-Za-z_][\w.]*)\s*(?:\((.*)\))?$/s.exec(text.trim());
  if (!call) throw new EngineError("directive", `not a class or a call of one: ${text}`);
  return { entry: call[1]!, ...parseArgs(splitTop(call[2] ?? "")) };
}

/** `depth=12`, `'relu'` → positional and keyword arguments. */
export function parseArgs(parts: readonly string[]): Pick<Wanted, "args" | "kwargs"> {
  const args: unknown[] = [];
  const kwargs: Record<string, unknown> = {};
  for (const part of parts) {
    const named = /^([A-Za-z_]\w*)\s*=(?!=)\s*(.+)$/s.exec(part);
    if (named) kwargs[named[1]!] = py(named[2]!);
    else args.push(py(part));
  }
  return { args, kwargs };
}

/**
 * `Net(depth=12), input=(32, 1, 28, 28), loss=cross_entropy(10)`: an optional call first, then `input=` (repeatable), `loss=`, `mode=`.
 * Throws EngineError "directive" for what it does not know.
 */
export function parseDirective(text: string, line: number): Wanted {
  let call: Pick<Wanted, "entry" | "args" | "kwargs"> = { entry: null, args: [], kwargs: {} };
  let inputs: InputSpec[] | null = null;
  let loss: string | null = null;
  let mode: Wanted["mode"] = null;
  splitTop(text).forEach((part, i) => {
    const named = /^(\w+)\s*=(?!=)\s*(.+)$/s.exec(part);
    if (named && (named[1] === "input" || named[1] === "inputs"))
      inputs = [...(inputs ?? []), ...parseInput(named[2]!)];
    else if (named && named[1] === "loss") loss = named[2]!;
    else if (named?.[1] === "mode" && (named[2] === "train" || named[2] === "eval"))
      mode = named[2];
    else if (i === 0 && !named) call = parseCall(part);
    else throw new EngineError("directive", `unknown part of a chainrule comment: ${part}`);
  });
  return { ...call, inputs, loss, mode, line };
}

/** The directive comments of a source, in order. */
export function directives(source: string): Wanted[] {
  return source.split("\n").flatMap((text, i) => {
    const found = DIRECTIVE.exec(text);
    return found ? [parseDirective(found[1]!, i + 1)] : [];
  });
}

/** Whether a source says itself what to run. */
export const hasDirective = (source: string): boolean =>
  source.split("\n").some((text) => DIRECTIVE.test(text));
