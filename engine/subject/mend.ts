import type { Plan } from "./arguments.ts";
import { asParam, chooseValue, fallback, LOSSES } from "./arguments.ts";
import type { Problem } from "./probe.ts";
import type { EntryFacts, Field, Param, Use } from "./spec.ts";
import { py } from "./spec.ts";
import type { Config } from "./values.ts";
import { elements, isConfig, isPy } from "./values.ts";
import { said, type Sentence } from "../said.ts";

/** Marks a field that is set after the configuration's class has made it. */
const LATE = "@";
/** Where a value stands: a parameter, or a field of a configuration. */
type Path = readonly string[];
/** Depths that residual networks are built of: 6n + 4, 6n + 2, and ImageNet's. */
const DEPTHS = [10, 16, 8, 20, 18, 28, 50, 40, 121, 34];
const SIZES = [1, 2, 4, 8, 3, 16, 32, 64, 128, 256, 512, 6, 12];
const LENGTHS = [4, 3, 2, 5, 1, 6];
/** Sizes along the sides of an image or a volume. */
const SIDES = /kernel|stride|dilation|patch|(image|img)_?(size|shape)/i;

function at(plan: Plan, path: Path): unknown {
  let v: unknown = plan.kwargs[path[0]!];
  for (const key of path.slice(1)) v = isConfig(v) ? v.fields[key] : undefined;
  return v;
}

function put(v: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  if (!isConfig(v)) return v;
  const [key, ...rest] = path;
  if (key!.startsWith(LATE)) return { ...v, late: { ...v.late, [key!.slice(LATE.length)]: value } };
  return { ...v, fields: { ...v.fields, [key!]: put(v.fields[key!], rest, value) } };
}

/** The plan with another value at a path. */
export function changed(plan: Plan, path: Path, value: unknown, why: Sentence): Plan {
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
  yield* enlarged(plan, problem);
  const line = problem.blame?.line ?? "";
  const mentioned = words(`${line} ${problem.message}`);
  const names = [
    ...entry.params.map((p) => p.name).filter((n) => words(problem.message).has(n)),
    ...(problem.blame?.names ?? []),
  ];
  const known = new Map(entry.params.map((p) => [p.name, p]));
  const fields = configs(plan).flatMap(({ path, config }) =>
    [...new Set([...Object.keys(config.fields), ...defaultsOf(known.get(path[0]!), path)])]
      .filter((f) => mentioned.has(f) && !isConfig(config.fields[f]))
      .map((f): Path => [...path, f]),
  );
  yield* later(plan, problem, entry, all, mentioned);
  const paths: Path[] = [
    ...fields,
    ...[...new Set(names)].filter((n) => known.has(n)).map((n): Path => [n]),
  ];
  // What the message shows is the value that it complains of.
  const shown = new Set(problem.message.match(/-?\b\d+\b/g) ?? []);
  const valueAt = (path: Path): unknown => {
    const p = known.get(path[0]!);
    return (
      at(plan, path) ?? (path.length === 1 ? readDefault(p?.default) : defaultOf(p, path.at(-1)!))
    );
  };
  const suspicion = (path: Path): number => {
    const value = valueAt(path);
    return shown.has(String(value)) ? (typeof value === "number" && value < 0 ? 2 : 1) : 0;
  };
  paths.sort((a, b) => suspicion(b) - suspicion(a));
  // Where the statement names no field, any number of the configuration may be behind it.
  const anyField = configs(plan).flatMap(({ path, config }) =>
    Object.keys(config.fields)
      .filter((f) => fields.length === 0 && !isConfig(config.fields[f]))
      .map((f) => ({ at: [...path, f], isOpen: fieldUse(known.get(path[0]!), f)?.nullable }))
      .filter((f) => f.isOpen === true || typeof at(plan, f.at) === "number")
      .sort((a, b) => Number(b.isOpen ?? false) - Number(a.isOpen ?? false))
      .map((f): Path => f.at),
  );
  for (const path of [...paths.slice(0, 6), ...anyField.slice(0, 8)]) {
    const p = known.get(path[0]!);
    if (p?.given?.length && path.length === 1) {
      for (const g of p.given.slice(1)) yield changed(plan, path, py(g.value), g.why);
    }
    const value =
      at(plan, path) ?? (path.length === 1 ? readDefault(p?.default) : defaultOf(p, path.at(-1)!));
    if (isConfig(value)) continue;
    const use = path.length === 1 ? p?.use : fieldUse(p, path.at(-1)!);
    for (const [other, why] of others(value, problem, path.at(-1)!, use))
      yield changed(plan, path, other, why);
  }
}

/** Fields that a configuration's class gives a number by default; `path`: where the configuration stands. */
const defaultsOf = (p: Param | undefined, path: Path): string[] =>
  path.length > 1
    ? []
    : (p?.config?.params ?? [])
        .filter((q) => readDefault(q.default) !== undefined)
        .map((q) => q.name);

const defaultOf = (p: Param | undefined, field: string): unknown =>
  readDefault(p?.config?.params.find((q) => q.name === field)?.default);

const TOO_SMALL =
  /Expected more than 1 value per channel|[Oo]utput size is too small|[Kk]ernel size can't be greater|too small/;
const IMAGE_SIZE = /(image|img|input|sample|crop)_?(size|res(olution)?)|^resolution$/i;

/** Larger images, where a constructor that runs its own layers finds the guessed ones too small. */
function* enlarged(plan: Plan, { message }: Problem): Generator<Plan> {
  if (!TOO_SMALL.test(message)) return;
  const all: Path[] = [
    ...Object.keys(plan.kwargs).map((name): Path => [name]),
    ...configs(plan).flatMap(({ path, config }) =>
      Object.keys(config.fields).map((f): Path => [...path, f]),
    ),
  ];
  for (const path of all.filter((p) => IMAGE_SIZE.test(p.at(-1)!))) {
    const value = at(plan, path);
    for (const size of [64, 128, 224])
      if (typeof value === "number" && size > value)
        yield changed(plan, path, size, said`an image that its layers do not shrink to nothing`);
  }
}

/** What the code does with a field of a configuration. */
function fieldUse(p: Param | undefined, name: string): Use | undefined {
  const own = p?.config?.params.find((q) => q.name === name)?.use;
  return own && Object.keys(own).length > 0 ? own : p?.config?.fields.find((f) => f.name === name);
}

const readDefault = (source: string | null | undefined): unknown =>
  source && /^-?\d+(\.\d+)?$/.test(source) ? Number(source) : undefined;

/** Attributes that a configuration's class does not take, set after it is made: those that the failing statement reads, or misses. */
function* later(
  plan: Plan,
  { message }: Problem,
  entry: EntryFacts,
  all: readonly EntryFacts[],
  mentioned: ReadonlySet<string>,
): Generator<Plan> {
  const missing = /'(\w+)' object has no attribute '(\w+)'/.exec(message);
  for (const { path, config } of configs(plan)) {
    if (config.$config === "dict" || config.$config.startsWith("types.")) continue;
    const p = entry.params.find((q) => q.name === path[0]);
    const takes = new Set((p?.config?.params ?? []).map((q) => q.name));
    const read = (p?.config?.fields ?? []).filter(
      (f) => mentioned.has(f.name) && !takes.has(f.name),
    );
    const lost: readonly Field[] =
      missing?.[1] === config.$config && missing[2] ? [{ name: missing[2] }] : [];
    let next = plan;
    for (const f of [...lost, ...read]) {
      if (config.late && f.name in config.late) continue;
      const value = chooseValue(asParam(f.name, f), entry, all)?.value ?? fallback(f.name);
      next = changed(
        next,
        [...path, LATE + f.name],
        value,
        said`its class and what the code reads`,
      );
      yield next;
    }
  }
}

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
      next = changed(next, [name!], value, chosen?.why ?? said`it is missing otherwise`);
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
      yield changed(plan, [...path, lost], value, plan.whys[path[0]!] ?? said`a configuration`);
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
        yield changed(
          plan,
          path,
          { ...config, $config: turned },
          said`the fields that the code reads`,
        );
}

/** Other values that a parameter may want, given how the run stopped. */
function* others(
  value: unknown,
  { message, blame }: Problem,
  name: string,
  use: Use | undefined,
): Generator<readonly [unknown, Sentence]> {
  const list = elements(value);
  const expression = isPy(value) ? value.$py : "";
  if (LOSSES.includes(expression))
    for (const loss of LOSSES) if (loss !== expression) yield [py(loss), said`a loss`];
  const asked = /'(int|float|bool|str|list|tuple|NoneType)' object has no attribute '(\w+)'/.exec(
    message,
  );
  if (asked && asked[1] === typeName(value)) yield* holding(asked[2]!, value, name);
  if (/'str'|must be str|expected str|PathLike|to str/.test(message) && typeof value !== "string")
    yield [name, said`a text`];
  const numbers = [...`${message} ${blame?.line ?? ""}`.matchAll(/\b\d+\b/g)]
    .map(([digits]) => Number(digits))
    .filter((n) => n > 0 && n <= 1024);
  const expected = /expected (\d+)/.exec(message)?.[1];
  if (list) {
    const one = list[0];
    if (/tuple/i.test(message)) yield [{ $tuple: list }, said`the code wants a tuple`];
    const lengths = expected ? [Number(expected)] : [list.length + 1, ...LENGTHS];
    for (const n of lengths)
      if (n !== list.length && n > 0)
        yield [Array.from({ length: n }, () => one), `the code takes ${n} of them`];
    yield [one, said`the code wants one number`];
    if (/not subscriptable|not iterable|has no len/.test(message))
      yield [list.map((x) => [x, x]), said`the code takes several of each`];
    if (typeof one === "number")
      for (const size of new Set([...numbers, ...SIZES]))
        if (size !== one) yield [list.map(() => size), said`a size that fits the others`];
    return;
  }
  if (use?.nullable && typeof value === "string") yield [null, said`the code also takes None`];
  if (use?.options?.length)
    for (const option of use.options)
      if (option !== value) yield [option, said`the code compares it with this`];
  if (typeof value === "number") {
    const usual = chooseValue(asParam(name), NO_ENTRY, [])?.value;
    if (typeof usual === "number" && value < 0) yield [usual, said`what the name usually means`];
    if (/probabilit|between 0 and 1|range \[0, 1\]|\(0, 1\)/.test(message))
      yield [0.1, said`a probability`];
    const wantsMany =
      /not iterable|not subscriptable|has no len|tuple|list|sequence|iterable|cannot unpack/i;
    const isMany = wantsMany.test(message) || (use?.many ?? false);
    const lengths = expected ? [Number(expected)] : SIDES.test(name) ? [2, 3] : LENGTHS;
    if (isMany)
      for (const n of lengths) {
        const items = Array.from({ length: n }, () => value);
        yield [/tuple/i.test(message) ? { $tuple: items } : items, `the code takes ${n} of them`];
      }
    const divisor = Object.values(blame?.test ?? {}).filter((v) => v > 1 && v <= 512);
    const sizes = /divisib|%|multiple/.test(`${message} ${blame?.line ?? ""}`)
      ? [
          ...divisor.map((d) => d * Math.max(1, Math.round(value / d))),
          ...divisor,
          ...numbers,
          ...SIZES,
        ]
      : [...numbers, ...(/depth|layers/i.test(name) ? DEPTHS : []), ...SIZES];
    for (const size of new Set(sizes))
      if (size !== value) yield [size, said`a size with which the constructor goes through`];
    if (use?.nullable) yield [null, said`the code also takes None`];
    return;
  }
  if (value === true || value === false)
    yield [!value, said`a switch with which the constructor goes through`];
  if (value === undefined || value === null) {
    const p = asParam(name, use ?? {});
    const size = chooseValue(p, NO_ENTRY, [])?.value ?? fallback(name);
    yield [size, said`its default does not go through`];
  }
}

const TEXT_METHODS =
  /^(r?partition|r?split|strip|lower|upper|format|startswith|endswith|replace|encode|join|isdigit)$/;
const TENSOR_PARTS = /^(shape|size|dim|ndim|numel|device|dtype|to|T|mean|detach|view|unsqueeze)$/;
const LIST_METHODS = /^(append|index|copy|extend|insert|pop)$/;

const typeName = (v: unknown): string =>
  v === null || v === undefined
    ? "NoneType"
    : typeof v === "boolean"
      ? "bool"
      : typeof v === "string"
        ? "str"
        : Array.isArray(v)
          ? "list"
          : typeof v === "number"
            ? Number.isInteger(v)
              ? "int"
              : "float"
            : "";

/** A value that has the attribute which the code reads: a text, a list, something with a shape, or an object of that one field. */
function* holding(
  attribute: string,
  value: unknown,
  name: string,
): Generator<readonly [unknown, Sentence]> {
  const why = said`the code reads its ${attribute}`;
  if (TEXT_METHODS.test(attribute)) yield [name, why];
  else if (LIST_METHODS.test(attribute)) yield [[value, value], why];
  else if (TENSOR_PARTS.test(attribute)) yield [py("torch.zeros(4)"), why];
  else {
    const field = chooseValue(asParam(attribute), NO_ENTRY, [])?.value ?? fallback(attribute);
    const made: Config = {
      $config: "types.SimpleNamespace",
      table: null,
      fields: { [attribute]: field },
    };
    yield [made, why];
  }
}

const NO_ENTRY: EntryFacts = {
  name: "",
  isClass: true,
  at: { file: "", startLine: 1, startColumn: 0, endLine: 1, endColumn: 0 },
  line: 0,
  uses: [],
  has: [],
  bases: [],
  params: [],
  forward: null,
  methods: [],
};
