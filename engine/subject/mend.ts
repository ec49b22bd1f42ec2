import type { Plan } from "./arguments.ts";
import { asParam, chooseValue, fallback } from "./arguments.ts";
import type { Problem } from "./probe.ts";
import type { EntryFacts, Use } from "./spec.ts";
import { py } from "./spec.ts";
import type { Config } from "./values.ts";
import { elements, isConfig } from "./values.ts";

/** Where a value stands: a parameter, or a field of a configuration. */
type Path = readonly string[];
const SIZES = [1, 2, 4, 8, 3, 16, 32, 64, 128, 256, 512, 6, 12];
const LENGTHS = [4, 3, 2, 5, 1, 6];

function at(plan: Plan, path: Path): unknown {
  let v: unknown = plan.kwargs[path[0]!];
  for (const key of path.slice(1)) v = isConfig(v) ? v.fields[key] : undefined;
  return v;
}

function put(v: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  if (!isConfig(v)) return v;
  const [key, ...rest] = path;
  return { ...v, fields: { ...v.fields, [key!]: put(v.fields[key!], rest, value) } };
}

/** The plan with another value at a path. */
function changed(plan: Plan, path: Path, value: unknown, why: string): Plan {
  const [name, ...rest] = path;
  return {
    kwargs: { ...plan.kwargs, [name!]: put(plan.kwargs[name!], rest, value) },
    whys: { ...plan.whys, [name!]: rest.length ? (plan.whys[name!] ?? why) : why },
  };
}

function without(plan: Plan, name: string): Plan {
  const kwargs = Object.fromEntries(Object.entries(plan.kwargs).filter(([k]) => k !== name));
  return { ...plan, kwargs };
}

/** All configurations in a plan, by path. */
function configs(plan: Plan): { readonly path: Path; readonly config: Config }[] {
  const below = (path: Path, v: unknown): { path: Path; config: Config }[] =>
    isConfig(v)
      ? [
          { path, config: v },
          ...Object.entries(v.fields).flatMap(([k, x]) => below([...path, k], x)),
        ]
      : [];
  return Object.entries(plan.kwargs).flatMap(([name, v]) => below([name], v));
}

const words = (text: string): Set<string> => new Set(text.match(/[A-Za-z_]\w*/g) ?? []);

/** Plans that may get further than one whose constructor or run stopped at `problem`; likeliest first. */
export function* mended(
  plan: Plan,
  problem: Problem,
  entry: EntryFacts,
  all: readonly EntryFacts[],
): Generator<Plan> {
  yield* added(plan, problem, entry, all);
  const line = problem.blame?.line ?? "";
  const said = words(`${line} ${problem.message}`);
  const names = [
    ...entry.params.map((p) => p.name).filter((n) => words(problem.message).has(n)),
    ...(problem.blame?.names ?? []),
  ];
  const fields = configs(plan).flatMap(({ path, config }) =>
    Object.keys(config.fields)
      .filter((f) => said.has(f) && !isConfig(config.fields[f]))
      .map((f): Path => [...path, f]),
  );
  const known = new Map(entry.params.map((p) => [p.name, p]));
  const paths: Path[] = [
    ...fields,
    ...[...new Set(names)].filter((n) => known.has(n)).map((n): Path => [n]),
  ];
  for (const path of paths.slice(0, 6)) {
    const p = known.get(path[0]!);
    if (p?.given?.length && path.length === 1) {
      for (const g of p.given.slice(1)) yield changed(plan, path, py(g.value), g.why);
    }
    const value = at(plan, path) ?? (path.length === 1 ? readDefault(p?.default) : undefined);
    if (isConfig(value)) continue;
    for (const [other, why] of others(value, problem, path.at(-1)!, p?.use))
      yield changed(plan, path, other, why);
  }
}

const readDefault = (source: string | null | undefined): unknown =>
  source && /^-?\d+(\.\d+)?$/.test(source) ? Number(source) : undefined;

/** What the message says is missing or too much. */
function* added(
  plan: Plan,
  { message, blame }: Problem,
  entry: EntryFacts,
  all: readonly EntryFacts[],
): Generator<Plan> {
  const lacking = /missing \d+ required (?:positional|keyword-only) arguments?: (.+)$/.exec(
    message,
  )?.[1];
  if (lacking) {
    let next = plan;
    for (const [, name] of lacking.matchAll(/'(\w+)'/g)) {
      const chosen = chooseValue(asParam(name!), entry, all);
      const value = chosen?.value ?? fallback(name!);
      next = changed(next, [name!], value, chosen?.why ?? "it is missing otherwise");
    }
    yield next;
  }
  const extra = /unexpected keyword argument '(\w+)'/.exec(message)?.[1];
  if (extra && extra in plan.kwargs) yield without(plan, extra);
  const lost =
    /has no attribute '(\w+)'/.exec(message)?.[1] ??
    /^(?:KeyError: )?'(\w+)'$/.exec(message)?.[1] ??
    undefined;
  if (lost) {
    const isKey = !/has no attribute/.test(message);
    const named = words(blame?.line ?? "");
    const holders = configs(plan)
      .filter(({ config }) => isKey === (config.$config === "dict") && !(lost in config.fields))
      .sort((a, b) => Number(named.has(b.path.at(-1)!)) - Number(named.has(a.path.at(-1)!)));
    for (const { path } of holders) {
      const chosen = chooseValue(asParam(lost), entry, all);
      const value = chosen?.value ?? fallback(lost);
      yield changed(plan, [...path, lost], value, plan.whys[path[0]!] ?? "a configuration");
    }
  }
  const turned = /'types\.SimpleNamespace' object is not subscriptable|argument of type/.test(
    message,
  )
    ? "dict"
    : /'dict' object has no attribute/.test(message)
      ? "types.SimpleNamespace"
      : null;
  if (turned)
    for (const { path, config } of configs(plan))
      if (config.$config !== turned)
        yield changed(plan, path, { ...config, $config: turned }, "the fields that the code reads");
}

/** Other values that a parameter may want, given how the run stopped. */
function* others(
  value: unknown,
  { message, blame }: Problem,
  name: string,
  use: Use | undefined,
): Generator<readonly [unknown, string]> {
  const list = elements(value);
  const expected = /expected (\d+)/.exec(message)?.[1];
  if (list) {
    const one = list[0];
    if (/tuple/i.test(message)) yield [{ $tuple: list }, "the code wants a tuple"];
    const lengths = expected ? [Number(expected)] : [list.length + 1, ...LENGTHS];
    for (const n of lengths)
      if (n !== list.length && n > 0)
        yield [Array.from({ length: n }, () => one), `the code takes ${n} of them`];
    yield [one, "the code wants one number"];
    if (typeof one === "number")
      for (const size of SIZES)
        if (size !== one) yield [list.map(() => size), "a size that fits the others"];
    return;
  }
  if (use?.options?.length)
    for (const option of use.options)
      if (option !== value) yield [option, "the code compares it with this"];
  if (typeof value === "number") {
    if (/probabilit|between 0 and 1|range \[0, 1\]|\(0, 1\)/.test(message))
      yield [0.1, "a probability"];
    const wantsMany =
      /not iterable|not subscriptable|has no len|tuple|list|sequence|iterable|cannot unpack/i;
    const isMany = wantsMany.test(message) || (use?.many ?? false);
    const lengths = expected ? [Number(expected)] : LENGTHS;
    if (isMany)
      for (const n of lengths) {
        const items = Array.from({ length: n }, () => value);
        yield [/tuple/i.test(message) ? { $tuple: items } : items, `the code takes ${n} of them`];
      }
    const divisor = Object.values(blame?.test ?? {}).filter((v) => v > 1 && v <= 512);
    const sizes = /divisib|%|multiple/.test(`${message} ${blame?.line ?? ""}`)
      ? [...divisor.map((d) => d * Math.max(1, Math.round(value / d))), ...divisor, ...SIZES]
      : SIZES;
    for (const size of new Set(sizes))
      if (size !== value) yield [size, "a size with which the constructor goes through"];
    yield [null, "the code also takes None"];
    return;
  }
  if (value === true || value === false)
    yield [!value, "a switch with which the constructor goes through"];
  if (value === undefined || value === null) {
    const p = asParam(name, use ?? {});
    const size = chooseValue(p, NO_ENTRY, [])?.value ?? fallback(name);
    yield [size, "its default does not go through"];
  }
}

const NO_ENTRY: EntryFacts = {
  name: "",
  isClass: true,
  at: { file: "", startLine: 1, startColumn: 0, endLine: 1, endColumn: 0 },
  line: 0,
  uses: [],
  bases: [],
  params: [],
  forward: null,
  methods: [],
};
