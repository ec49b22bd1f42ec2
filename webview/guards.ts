import type { Notice, PanelState, Reply } from "./protocol.ts";

/** What the panel can be sent. */
export type Incoming =
  | { readonly kind: "notice"; readonly notice: Notice }
  | { readonly kind: "reply"; readonly reply: Reply };

type Fields = Readonly<Record<string, unknown>>;
type Guard = (value: unknown) => boolean;

const isText: Guard = (value) => typeof value === "string";
const isNumber: Guard = (value) => typeof value === "number" && Number.isFinite(value);
const isFlag: Guard = (value) => typeof value === "boolean";
const orNull =
  (guard: Guard): Guard =>
  (value) =>
    value === null || guard(value);
const oneOf =
  (...words: readonly string[]): Guard =>
  (value) =>
    typeof value === "string" && words.includes(value);
const listOf =
  (guard: Guard): Guard =>
  (value) =>
    Array.isArray(value) && value.every(guard);

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const record =
  (guards: Readonly<Record<string, Guard>>): Guard =>
  (value) =>
    isFields(value) && Object.entries(guards).every(([name, guard]) => guard(value[name]));

const isSeverity = oneOf("error", "warning", "information");
const isMagnitude = record({
  rms: isNumber,
  absMax: isNumber,
  count: isNumber,
  zeros: isNumber,
  nans: isNumber,
  infs: isNumber,
  float16: record({ flushed: isNumber, subnormal: isNumber, overflow: isNumber }),
  exponents: record({ min: isNumber, counts: listOf(isNumber) }),
});
const isParameter = record({
  name: isText,
  shape: listOf(isNumber),
  grad: orNull(isMagnitude),
  zero: orNull(oneOf("byConstruction", "atStart")),
  updates: listOf(orNull(isNumber)),
  grads: listOf(orNull(isNumber)),
});
const isSteps = record({
  optimizers: listOf(record({ text: isText, place: orNull(isText) })),
  steps: listOf(
    record({
      loss: orNull(isNumber),
      gradNorm: orNull(isNumber),
      clipped: orNull(isNumber),
    }),
  ),
  scales: listOf(record({ scale: isNumber, isSkipped: isFlag })),
  curvature: orNull(record({ eigenvalue: isNumber, rate: isNumber, stable: orNull(isNumber) })),
  terms: listOf(
    record({ place: isText, isPenalty: isFlag, median: isNumber, least: isNumber, most: isNumber }),
  ),
  accumulation: orNull(
    record({
      passes: isNumber,
      place: orNull(isText),
      times: orNull(isNumber),
      isCleared: isFlag,
      lost: orNull(isNumber),
    }),
  ),
});
const isRow = record({
  id: isText,
  path: isText,
  type: isText,
  functional: isFlag,
  call: isNumber,
  outputShape: listOf(isNumber),
  place: orNull(isText),
  parameters: listOf(isParameter),
  outputGrad: orNull(isMagnitude),
  output: orNull(isMagnitude),
  factor: orNull(isNumber),
  markers: listOf(record({ finding: isText, code: isText, severity: isSeverity })),
});
const isFinding = record({
  id: isText,
  code: isText,
  severity: isSeverity,
  message: isText,
  place: isText,
  fixes: listOf(record({ id: isText, title: isText })),
});
const isResult = record({
  title: isText,
  place: orNull(isText),
  detail: isText,
  verdict: record({ severity: oneOf("error", "warning", "information", "none"), text: isText }),
  notes: listOf(isText),
  rows: listOf(isRow),
  thresholds: listOf(record({ value: isNumber, label: isText })),
  steps: orNull(isSteps),
  findings: listOf(isFinding),
  unsupported: listOf(record({ name: isText, place: orNull(isText) })),
  background: record({
    choices: listOf(record({ what: isText, value: isText, why: isText })),
    replaced: listOf(record({ what: isText, by: isText, place: orNull(isText) })),
    packages: listOf(isText),
  }),
  controls: record({
    seed: isNumber,
    dtype: oneOf("float32", "float64"),
    mixed: orNull(oneOf("float16", "bfloat16")),
    batch: orNull(isNumber),
    optimizer: orNull(isText),
    lr: orNull(isNumber),
    steps: orNull(isNumber),
    optimizers: listOf(isText),
  }),
  runs: listOf(record({ id: isText, label: isText })),
  against: orNull(record({ id: isText, label: isText, rows: listOf(isRow) })),
});

const stateGuards: { readonly [S in PanelState["status"]]: Guard } = {
  empty: record({}),
  running: record({ phase: isText, detail: isText, previous: orNull(isResult) }),
  failed: record({ code: isText, message: isText, previous: orNull(isResult) }),
  result: record({ result: isResult, stale: isFlag }),
};

export function isPanelState(value: unknown): value is PanelState {
  if (!isFields(value) || !orNull(isText)(value["target"])) return false;
  const status = value["status"];
  return (
    typeof status === "string" &&
    Object.hasOwn(stateGuards, status) &&
    stateGuards[status as PanelState["status"]](value)
  );
}

const noticeGuards: { readonly [T in Notice["type"]]: Guard } = {
  state: record({ state: isPanelState }),
  select: record({ rowIds: listOf(isText) }),
  export: record({ kind: oneOf("svg", "png") }),
  failed: record({ code: isText, message: isText }),
};

function isNotice(value: Fields): boolean {
  const type = value["type"];
  return (
    typeof type === "string" &&
    Object.hasOwn(noticeGuards, type) &&
    noticeGuards[type as Notice["type"]](value)
  );
}

/** A reply's result is checked by who asked; here only its frame. */
function isReply(value: Fields): boolean {
  if (!Number.isInteger(value["id"])) return false;
  if (value["ok"] === true) return true;
  return value["ok"] === false && isText(value["code"]) && isText(value["message"]);
}

/** The message if it is one of the protocol's, with all that the panel reads; undefined otherwise. */
export function readMessage(data: unknown): Incoming | undefined {
  if (!isFields(data)) return undefined;
  if (isNotice(data)) return { kind: "notice", notice: data as unknown as Notice };
  if (isReply(data)) return { kind: "reply", reply: data as unknown as Reply };
  return undefined;
}
