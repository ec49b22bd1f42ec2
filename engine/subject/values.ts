import { py, show } from "./spec.ts";

/** A configuration in the making: fields may be added and changed until the run goes through. */
export interface Config {
  readonly $config: string;
  /** The file's own table that the fields change. */
  readonly table: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Attributes that are set after its class has made it. */
  readonly late?: Readonly<Record<string, unknown>>;
}

/** Several values that must be a tuple in Python. */
export interface Tuple {
  readonly $tuple: readonly unknown[];
}

export const isConfig = (v: unknown): v is Config =>
  v !== null && typeof v === "object" && "$config" in v;
export const isTuple = (v: unknown): v is Tuple =>
  v !== null && typeof v === "object" && "$tuple" in v;

export const isPy = (v: unknown): v is { readonly $py: string } =>
  v !== null && typeof v === "object" && "$py" in v;

/** A value as it stands in a spec: configurations and tuples as Python source. */
export function rendered(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(rendered);
  if (isTuple(v)) return py(`(${v.$tuple.map((x) => `${show(rendered(x))}, `).join("")})`);
  if (!isConfig(v)) return v;
  const fields = Object.entries(v.fields).map(([name, x]) => [name, rendered(x)] as const);
  if (v.$config !== "dict") {
    const named = (from: readonly (readonly [string, unknown])[]): string =>
      from.map(([name, x]) => `${name}=${show(x)}`).join(", ");
    const made = `${v.$config}(${named(fields)})`;
    const late = Object.entries(v.late ?? {}).map(([name, x]) => [name, rendered(x)] as const);
    return py(late.length > 0 ? `(lambda c: vars(c).update(${named(late)}) or c)(${made})` : made);
  }
  if (!v.table) return Object.fromEntries(fields);
  const changed = fields.map(([name, x]) => `'${name}': ${show(x)}`);
  return py(changed.length ? `{**${v.table}, ${changed.join(", ")}}` : v.table);
}

/** All of a call's keyword arguments, rendered. */
export const renderedAll = (
  kwargs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(kwargs).map(([name, v]) => [name, rendered(v)]));

/** The elements of a list or tuple; undefined for what is none. */
export const elements = (v: unknown): readonly unknown[] | undefined =>
  Array.isArray(v) ? (v as unknown[]) : isTuple(v) ? v.$tuple : undefined;
