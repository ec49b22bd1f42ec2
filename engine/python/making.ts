/** Tensors from nothing, from others off the tape and from Python's numbers, and numbers as they cross the border. */
import { parseDType } from "../dtype.ts";
import type { PythonNumber } from "../fill.ts";
import { follow } from "../follow.ts";
import type { Session } from "../session.ts";
import type { Handles } from "./handles.ts";

/** An array("d") as Pyodide shows it. */
export interface PythonNumbers {
  getBuffer(type: "f64"): { readonly data: Float64Array; release(): void };
}

export const ints = (csv: string): number[] => (csv === "" ? [] : csv.split(",").map(Number));

const KINDS = { s: "float", i: "int", b: "bool" } as const;

/** The number that an operand of the bridge stands for; null where it is a tensor, or absent. */
export function pythonNumber(mark: string, value: number): PythonNumber | null {
  if (mark !== "s" && mark !== "i" && mark !== "b") return null;
  return { value, kind: KINDS[mark] };
}

/** f64 numbers as a string of bytes, the cheapest way for bulk across the border. */
function unpackNumbers(latin1: string): Float64Array {
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < latin1.length; i++) bytes[i] = latin1.charCodeAt(i);
  return new Float64Array(bytes.buffer);
}
/** The same the other way. */
export function packNumbers(values: ArrayLike<number>): string {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 8192)
    parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
  return parts.join("");
}

/** The bridge's functions that give new tensors; `guarded` as the bridge has it. */
export const makers = (
  s: Session,
  handles: Handles,
  guarded: (bad: number, body: () => number) => number,
) => ({
  full: (dtype: string, shape: string, value: number): number =>
    guarded(-1, () => {
      const d = parseDType(dtype);
      return handles.add(
        s.metaMode ? s.backend.meta(ints(shape), d) : s.backend.full(ints(shape), d, value),
      );
    }),
  meta: (dtype: string, shape: string): number =>
    guarded(-1, () => handles.add(s.backend.meta(ints(shape), parseDType(dtype)))),
  arange: (dtype: string, n: number, start: number, step: number): number =>
    guarded(-1, () => {
      const d = parseDType(dtype);
      if (s.metaMode) return handles.add(s.backend.meta([n], d));
      const out = s.backend.empty([n], d);
      s.backend.kernels.arange(out.elem, out.ptr, n, start, step);
      return handles.add(s.backend.rounded(out));
    }),
  /** Running statistics take a step towards a row of a table of moments; 0: one of them has no values. */
  follow: (running: number, table: number, row: number, momentum: number, scale: number): number =>
    guarded(-1, () => {
      const [to, moments] = [handles.get(running), handles.get(table)];
      if (to.isMeta || moments.isMeta) return 0;
      follow(s, to, moments, row, momentum, scale);
      return 1;
    }),
  /** From f64 values packed as bytes, in row-major order. */
  fromPacked: (dtype: string, shape: string, latin1: string): number =>
    guarded(-1, () => {
      const d = parseDType(dtype);
      return handles.add(s.backend.from(unpackNumbers(latin1), ints(shape), d));
    }),
  /** The same from an array of Python's: dearer for few numbers, far cheaper for many. */
  fromBuffer: (dtype: string, shape: string, numbers: PythonNumbers): number =>
    guarded(-1, () => {
      const view = numbers.getBuffer("f64");
      try {
        return handles.add(s.backend.from(view.data, ints(shape), parseDType(dtype)));
      } finally {
        view.release();
      }
    }),
});
