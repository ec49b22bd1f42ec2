import { ShapeError } from "./errors.ts";
import type { Shape } from "./shape.ts";

const MAX_AXES = 16;
const WORDS = 1 + MAX_AXES * 5; // ndim, shape, strides of four tensors
const RING = 16; // a kernel reads one block at a time; the others are slack

/** The kernels' memory as blocks need it. */
interface BlockMemory {
  alloc(bytes: number): number;
  readonly i32: Int32Array;
}

/** Small i32 blocks by which kernels learn shapes and strides; one lives until 15 further ones were written. */
export class Blocks {
  readonly #memory: BlockMemory;
  readonly #base: number;
  #turn = 0;

  constructor(memory: BlockMemory) {
    this.#memory = memory;
    this.#base = memory.alloc(RING * WORDS * 4);
  }

  /** Writes words (at most 81); returns their address. */
  write(words: readonly number[]): number {
    const at = this.#base + this.#turn * WORDS * 4;
    this.#turn = (this.#turn + 1) % RING;
    this.#memory.i32.set(words, at / 4);
    return at;
  }

  /** A layout block: axes of length 1 dropped, neighbours merged where every tensor's strides allow. Throws where more than 16 axes remain. */
  layout(shape: Shape, strides: readonly (readonly number[])[]): number {
    const dims: number[] = [];
    const steps: number[][] = strides.map(() => []);
    for (let i = 0; i < shape.length; i++) {
      const d = shape[i]!;
      if (d === 1) continue;
      const last = dims.length - 1;
      if (last >= 0 && strides.every((s, j) => steps[j]![last] === s[i]! * d)) {
        dims[last]! *= d;
        strides.forEach((s, j) => (steps[j]![last] = s[i]!));
      } else {
        dims.push(d);
        strides.forEach((s, j) => steps[j]!.push(s[i]!));
      }
    }
    if (dims.length > MAX_AXES)
      throw new ShapeError("layout", `more than ${MAX_AXES} axes`, { shape });
    return this.write([dims.length, ...dims, ...steps.flat()]);
  }
}
