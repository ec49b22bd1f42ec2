import { TorchError } from "./errors.ts";

/** 0: elements are f32, 1: elements are f64. bool is f32 holding 0 or 1; integers are f64, exact to 2^53. */
export type Elem = 0 | 1;

interface DTypeFacts {
  readonly elem: Elem;
  /** PyTorch's order of kinds: bool < integer < floating. */
  readonly kind: 0 | 1 | 2;
  /** Width in PyTorch, in bytes. */
  readonly itemsize: number;
  /** The kernels' cast mode that makes a value of this dtype. */
  readonly cast: string;
}

const facts = {
  bool: { elem: 0, kind: 0, itemsize: 1, cast: "toBool" },
  uint8: { elem: 1, kind: 1, itemsize: 1, cast: "toUint8" },
  int8: { elem: 1, kind: 1, itemsize: 1, cast: "toInt8" },
  int16: { elem: 1, kind: 1, itemsize: 2, cast: "toInt16" },
  int32: { elem: 1, kind: 1, itemsize: 4, cast: "toInt32" },
  int64: { elem: 1, kind: 1, itemsize: 8, cast: "toInt64" },
  float16: { elem: 0, kind: 2, itemsize: 2, cast: "toFloat16" },
  bfloat16: { elem: 0, kind: 2, itemsize: 2, cast: "toBfloat16" },
  float32: { elem: 0, kind: 2, itemsize: 4, cast: "plain" },
  float64: { elem: 1, kind: 2, itemsize: 8, cast: "plain" },
} as const satisfies Record<string, DTypeFacts>;

export type DType = keyof typeof facts;
export const DTYPES: Readonly<Record<DType, DTypeFacts>> = facts;
const ORDER = Object.keys(facts) as DType[];

export const elemOf = (dtype: DType): Elem => DTYPES[dtype].elem;
export const isFloat = (dtype: DType): boolean => DTYPES[dtype].kind === 2;
export const isHalf = (dtype: DType): boolean => dtype === "float16" || dtype === "bfloat16";
/** An integer whose arithmetic wraps before 2^53. */
export const isNarrow = (dtype: DType): boolean => DTYPES[dtype].kind === 1 && dtype !== "int64";
/** Bytes of one element in the engine's memory. */
export const elemBytes = (dtype: DType): number => (elemOf(dtype) === 1 ? 8 : 4);

/** The name as a DType. Throws TypeError for what the engine has no storage for. */
export function parseDType(name: string): DType {
  if (name in facts) return name as DType;
  throw new TorchError("TypeError", `unsupported dtype: torch.${name}`);
}

/** The dtype of a result of a and b of equal standing: uint8 with int8 is int16, float16 with bfloat16 float32. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const pair = [a, b].sort().join();
  if (pair === "int8,uint8") return "int16";
  if (pair === "bfloat16,float16") return "float32";
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

/** An operand's part in promotion: `wrapped` is a Python number, `rank` 0 a tensor without axes. */
export interface Operand {
  readonly dtype: DType;
  readonly rank: number;
  readonly wrapped: boolean;
}

/**
 * PyTorch's result type: tensors with axes decide; a 0-dim tensor, and last a Python number, counts only when
 * its kind is higher. Source: PyTorch documentation, "Type Promotion".
 */
export function resultType(operands: readonly Operand[], defaultFloat: DType): DType {
  const groups = [
    operands.filter((o) => o.rank > 0),
    operands.filter((o) => o.rank === 0 && !o.wrapped),
    operands.filter((o) => o.wrapped),
  ];
  let result: DType | null = null;
  for (const group of groups) {
    if (group.length === 0) continue;
    let own = group.map((o) => o.dtype).reduce(promote);
    if (group[0]!.wrapped && isFloat(own)) own = defaultFloat;
    if (result === null) result = own;
    else if (DTYPES[own].kind > DTYPES[result].kind) result = own;
  }
  return result ?? defaultFloat;
}

/** As PyTorch's dispatcher names them in messages. */
export const SCALAR_NAMES: Readonly<Record<DType, string>> = {
  bool: "Bool",
  uint8: "Byte",
  int8: "Char",
  int16: "Short",
  int32: "Int",
  int64: "Long",
  float16: "Half",
  bfloat16: "BFloat16",
  float32: "Float",
  float64: "Double",
};
