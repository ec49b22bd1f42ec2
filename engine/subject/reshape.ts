import type { Problem, Side } from "./probe.ts";
import type { InputSpec, Param, Spec } from "./spec.ts";

/** A length that was met, and the one that was wanted there. */
type Pair = readonly [got: number, want: number];
const PAIRS: readonly (readonly [RegExp, (m: readonly number[]) => readonly Pair[]])[] = [
  [
    /mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)/,
    ([got, want]) => [[got!, want!]],
  ],
  [/to have (\d+) channels, but got (\d+) channels/, ([want, got]) => [[got!, want!]]],
  [/running_mean should contain (\d+) elements not (\d+)/, ([got, want]) => [[got!, want!]]],
  [/(?:E|e)xpected (\d+),? (?:but )?got (\d+)/, ([want, got]) => [[got!, want!]]],
  [
    /(?:E|e)xpected \D+ (?:is|of|to be) (\d+),? (?:but )?got (\d+)/,
    ([want, got]) => [[got!, want!]],
  ],
  [/embedding dimension of (\d+), but got (\d+)/, ([want, got]) => [[got!, want!]]],
  [
    /size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)/,
    ([a, b]) => [
      [a!, b!],
      [b!, a!],
    ],
  ],
  [
    /Expected size (\d+) but got size (\d+)/,
    ([a, b]) => [
      [b!, a!],
      [a!, b!],
    ],
  ],
  [
    /normalized_shape=\[(\d+)\].*input of size\[(?:\d+, )*(\d+)\]/s,
    ([want, got]) => [[got!, want!]],
  ],
  [
    /batch1 dim 2 \((\d+)\).*batch2 dim 1 \((\d+)\)|shape: .*\[(?:\d+, )*(\d+)\] .*\[(\d+)\]/,
    ([a, b]) => [
      [a!, b!],
      [b!, a!],
    ],
  ],
  // Of `unfold`: the axis holds at least one window.
  [
    /maximum size for tensor at dimension \d+ is (\d+) but size is (\d+)/,
    ([got, want]) => [
      [got!, 2 * want!],
      [got!, want!],
    ],
  ],
  [
    /(\d+) (?:!=|vs\.?|does not match|doesn't match) \D*(\d+)/,
    ([a, b]) => [
      [a!, b!],
      [b!, a!],
    ],
  ],
];

/** What a message says was met and wanted, likeliest first; empty where it says no such thing. */
export function pairsOf(message: string): readonly Pair[] {
  for (const [pattern, read] of PAIRS) {
    const hit = pattern.exec(message);
    if (hit) return read(hit.slice(1).filter(Boolean).map(Number));
  }
  const parts = /sum exactly to (\d+) .*split_sizes=\[([\d, ]+)\]/.exec(message);
  const sum = parts?.[2]?.split(",").reduce((total, size) => total + Number(size), 0);
  return sum ? [[Number(parts![1]), sum]] : [];
}

/** `shape '[2, 3, 85, 13, 13]' is invalid for input of size …`: the shape that a view wants; undefined where a size is left open. */
function viewOf(message: string): number[] | undefined {
  const named = /shape '\[([-\d, ]+)\]' is invalid for input of size/.exec(message)?.[1];
  const sizes = named?.split(",").map(Number);
  return sizes?.every((n) => n > 0) ? sizes : undefined;
}

/** The shape with one axis of another size, so that its elements are those of `view`: axes that the view keeps stay. */
function viewed(shape: readonly number[], view: readonly number[]): number[][] {
  const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
  return [1, 2, shape.length - 1, 0].flatMap((axis) => {
    const rest = count(shape.filter((_, i) => i !== axis));
    const size = count(view) / rest;
    const fits = axis < shape.length && Number.isInteger(size) && size !== shape[axis];
    return fits ? [shape.map((v, i) => (i === axis ? size : v))] : [];
  });
}

const RANKS = [
  /not enough values to unpack \(expected (\d)/,
  /too many values to unpack \(expected (\d)/,
  /[Ee]xpected (\d)-?[Dd] /,
  /[Ee]xpected (\d) dims/,
  /[Ee]xpected (?:input to have |a )?(\d)[- ]?(?:dim|D)/,
  /must be (?:a )?(\d)-?[Dd]/,
  /dimensions? (?:of|to be|must be|should be|==) (\d)/,
  /(?:input\.dim\(\) == |len\(.*\) == |should have )(\d)/,
];
const SMALL =
  /[Kk]ernel size|[Oo]utput size is too small|too small|non-negative|should be less than|more than 1 value|negative/;
const LARGE = /out of range|too long|exceed|out of bounds|Cannot forward sequence/;
const WANTS_INTEGERS =
  /scalar types?: (Long|Int)|[Ee]xpected.*(Long|Int|int64)|must be integer|indices/;
/** Rows that every table has that is worth looking something up in. */
const FEW_ROWS = [4, 2];
const WANTS_FLOATS =
  /not implemented for '?(Long|Int)|Input type \((long|int)|same dtype|expected.*(Float|Double)|floating|but (found|got).*(Long|Int)/;

const withShape = (i: InputSpec, shape: readonly number[]): InputSpec => ({ ...i, shape });

/** An input's shape with another number of axes: images grow frames, sequences lose them. */
function ranked(shape: readonly number[], rank: number): number[][] {
  const [n = 8, ...rest] = shape;
  if (rank === shape.length) return [];
  if (rank === 5) return [[2, rest.length === 3 ? rest[0]! : 3, 16, 32, 32]];
  if (rank === 4) {
    if (shape.length === 5) return [[n, rest[0]!, rest[2]!, rest[3]!]];
    if (shape.length === 3)
      return [
        [n, rest[0]!, rest[1]!, 8],
        [n, rest[1]!, 8, 8],
        [n, 8, rest[0]!, rest[1]!],
        [n, 1, rest[0]!, rest[1]!],
        [n, 3, 32, 32],
      ];
    return [
      [n, rest[0] ?? 3, 32, 32],
      [n, 3, 32, 32],
      [n, 8, 8, rest[0] ?? 3],
    ];
  }
  if (rank === 3)
    return shape.length >= 4
      ? [
          [n, rest[0]!, 64],
          [n, 16, rest[0]!],
          [n, 64, rest[0]!],
        ]
      : [
          [n, 16, rest[0] ?? 64],
          [n, rest[0] ?? 64, 16],
        ];
  if (rank === 2) return [[n, rest.at(-1) ?? 64]];
  return rank === 1 ? [[rest.at(-1) ?? n], [n]] : [];
}

/** The shape with `got` replaced by `want`, directly, in proportion, or by as much as it lacks where something was joined to it. */
function refitted(shape: readonly number[], [got, want]: Pair): number[][] {
  const out: number[][] = [];
  for (let d = shape.length - 1; d >= 0; d--)
    if (shape[d] === got) out.push(shape.map((v, i) => (i === d ? want : v)));
  if (shape.includes(got)) out.push(shape.map((v) => (v === got ? want : v)));
  // A slice of channels that lies beyond them.
  if (got === 0 && shape.length >= 3) out.push(shape.map((v, i) => (i === 1 ? v + want : v)));
  if (got <= 0 || want <= 0) return out;
  const side = shape.at(-1)!;
  if (shape.length >= 4 && side === shape.at(-2)) {
    const scaled = side * Math.sqrt(want / got);
    if (Number.isInteger(scaled)) out.push([...shape.slice(0, -2), scaled, scaled]);
  }
  for (let d = shape.length - 1; d >= 1; d--) {
    const other = (shape[d]! * want) / got;
    if (Number.isInteger(other) && other > 0 && other !== shape[d] && other <= 4096)
      out.push(shape.map((v, i) => (i === d ? other : v)));
  }
  // Channels stand before an image's sides, features last.
  const first = shape.length >= 4 ? shape.length - 3 : shape.length - 1;
  for (const d of new Set([first, ...shape.keys()])) {
    const other = shape[d]! + want - got;
    if (d > 0 && shape[d]! < got && other > 0) out.push(shape.map((v, i) => (i === d ? other : v)));
  }
  return out;
}

/** The shape for a failing equation: `x.shape[1:] == (3, 64)`, or of two numbers. */
function equated(shape: readonly number[], got: Side, want: Side): number[][] {
  if (typeof got === "number" || typeof want === "number")
    return typeof got === "number" && typeof want === "number" ? refitted(shape, [got, want]) : [];
  if (want.some((n) => n < 1) || got.length === 0) return [];
  const at = shape.findIndex((_, k) => got.every((n, i) => shape[k + i] === n));
  if (at >= 0) return [[...shape.slice(0, at), ...want, ...shape.slice(at + got.length)]];
  // What the layers before have made of it differs along one axis.
  const apart = got.flatMap((n, i) => (n === want[i] ? [] : [i]));
  const [axis] = apart;
  return got.length === want.length && axis !== undefined && apart.length === 1
    ? refitted(shape, [got[axis]!, want[axis]!])
    : [];
}

/** The same numbers in another order of axes. */
function turned(shape: readonly number[]): number[][] {
  const [a, b, c, d] = shape;
  if (shape.length === 3)
    return [
      [a!, c!, b!],
      [b!, a!, c!],
    ];
  if (shape.length === 4) return b === c ? [[a!, d!, b!, c!]] : [[a!, c!, d!, b!]];
  return [];
}

/** Places in a table in place of numbers: one per row and step. */
const integers = (i: InputSpec): InputSpec => {
  return { kind: "randint", low: 0, high: 10, shape: i.shape!.slice(0, 2) };
};

/** The inputs with those numbered by `whole` as integers. */
export const withIntegers = (
  inputs: readonly InputSpec[],
  whole: ReadonlySet<number>,
): readonly InputSpec[] =>
  whole.size > 0
    ? inputs.map((i, k) => (whole.has(k) && i.kind === "randn" ? integers(i) : i))
    : inputs;

/** Inputs that may get further than those that stopped at `problem`; likeliest first. `blamed`: those behind the failing statement. */
export function* reshaped(
  inputs: readonly InputSpec[],
  problem: Problem,
  blamed: readonly number[] = [],
): Generator<InputSpec[]> {
  const { message } = problem;
  const each = function* (f: (i: InputSpec) => readonly InputSpec[]): Generator<InputSpec[]> {
    for (const k of new Set([...blamed, ...inputs.keys()])) {
      const input = inputs[k];
      if (input?.shape)
        for (const other of f(input)) yield inputs.map((x, i) => (i === k ? other : x));
    }
  };
  const shapes = (f: (shape: readonly number[]) => number[][]): Generator<InputSpec[]> =>
    each((i) => f(i.shape!).map((s) => withShape(i, s)));
  const rank = RANKS.map((r) => r.exec(message)?.[1]).find((n) => n !== undefined);
  if (rank) yield* shapes((s) => ranked(s, Number(rank)));
  for (const [a, b] of problem.blame?.sides ?? [])
    for (const [got, want] of [
      [a, b],
      [b, a],
    ] as const)
      yield* shapes((s) => equated(s, got, want));
  const permuted = /input\.dim\(\) = (\d+) is not equal to len\(dims\) = (\d+)/.exec(message);
  if (permuted)
    yield* shapes((s) => ranked(s, s.length + Number(permuted[2]) - Number(permuted[1])));
  const pairs = pairsOf(message);
  for (const pair of pairs) yield* shapes((s) => refitted(s, pair));
  if (pairs.length > 0) yield* shapes(turned);
  const view = viewOf(message);
  if (view) yield* shapes((s) => viewed(s, view));
  if (WANTS_INTEGERS.test(message)) yield* each((i) => (i.kind === "randint" ? [] : [integers(i)]));
  if (WANTS_FLOATS.test(message))
    yield* each((i) => (i.kind === "randint" ? [{ kind: "randn", shape: i.shape! }] : []));
  if (
    /index out of range in self|out of bounds|out of range|smaller than num_classes/.test(message)
  )
    yield* each((i) =>
      i.kind === "randint" && i.high! > 2 ? [{ ...i, high: Math.max(2, i.high! >> 2) }] : [],
    );
  if (/between 0 and 1|element < 0|non-?negative (values|input)/i.test(message))
    yield* each((i) => (i.kind === "randn" ? [{ ...i, kind: "rand" }] : []));
  // Numbers that the code itself turns into places of a table.
  if (/index out of range in self|Class values must be/.test(message))
    yield* each((i) =>
      i.kind === "randn"
        ? FEW_ROWS.map((high) => ({ kind: "randint", low: 0, high, shape: i.shape! }))
        : [],
    );
  const numbers = (message.match(/\d+/g) ?? []).map(Number).filter((n) => n > 1 && n <= 512);
  if (/divi|multiple|must match|doesn't match|expected/i.test(message))
    for (const n of numbers) {
      yield* shapes((s) => (s.length >= 4 ? [[...s.slice(0, -2), n, n]] : []));
      yield* shapes((s) => (s.length >= 4 ? [[...s.slice(0, -2), 8 * n, 8 * n]] : []));
      yield* shapes((s) =>
        s.length === 3
          ? [
              [s[0]!, s[1]!, n],
              [s[0]!, n, s[2]!],
            ]
          : [[s[0]!, n]],
      );
    }
  if (SMALL.test(message))
    for (const factor of [2, 4, 8])
      yield* shapes((s) =>
        s.length >= 4
          ? [s.map((v, i) => (i >= s.length - 2 ? v * factor : v))]
          : [s.map((v, i) => (i === s.length - 1 ? v * factor : v))],
      );
  // A step of a loop over a sequence that is too short.
  const short = /index (\d+) is out of bounds for dimension (\d) with size (\d+)/.exec(message);
  if (short) {
    const [index, dimension, size] = short.slice(1).map(Number) as [number, number, number];
    for (const longer of [2 * size, index + 1])
      yield* shapes((s) =>
        [dimension, dimension + 1].flatMap((d) =>
          s[d] === size && longer > size ? [s.map((v, i) => (i === d ? longer : v))] : [],
        ),
      );
  }
  if (LARGE.test(message))
    yield* shapes((s) =>
      s.length === 2
        ? [
            [s[0]!, 8],
            [s[0]!, 4],
          ]
        : [],
    );
  const several = (n: number): InputSpec[] =>
    inputs.map((i, k): InputSpec =>
      k === 0 ? { kind: "py", expr: `[${Array(n).fill(expressionOf(i)).join(", ")}]` } : i,
    );
  if (/must be tuple of Tensors|(list|tuple) of|not iterable|index \d+ is out of/.test(message))
    for (const n of [2, 3, 4]) yield several(n);
}

/** An input as Python source. */
export function expressionOf(i: InputSpec): string {
  const shape = i.shape?.join(", ") ?? "";
  if (i.kind === "py") return i.expr ?? "None";
  if (i.kind === "randint")
    return `torch.randint(${i.low ?? 0}, ${i.high ?? 2}, (${shape}${i.shape?.length === 1 ? "," : ""}))`;
  return `torch.${i.kind}(${shape})`;
}

/** The inputs of a spec; those that `forward` takes by keyword only stand there. */
export function withKeywords(
  spec: Spec,
  inputs: readonly InputSpec[],
  forward: readonly Param[],
): Spec {
  const required = forward.filter((p) => !p.hasDefault);
  const isKeyword = (k: number): boolean => required[k]?.keywordOnly ?? false;
  const call_kwargs = Object.fromEntries(
    inputs.flatMap((i, k) =>
      isKeyword(k) ? [[required[k]!.name, { $py: expressionOf(i) }] as const] : [],
    ),
  );
  const positional = inputs.filter((_, k) => !isKeyword(k));
  return Object.keys(call_kwargs).length > 0
    ? { ...spec, inputs: positional, call_kwargs }
    : { ...spec, inputs: positional };
}
