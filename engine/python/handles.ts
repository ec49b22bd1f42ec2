import { assert } from "../errors.ts";
import type { Tensor } from "../tensor.ts";

/** Tensors that Python holds, as small integers. A handle owns one reference. */
export class Handles {
  readonly #slots: (Tensor | null)[] = [];
  readonly #free: number[] = [];

  /** A new handle; takes a reference of its own. */
  add(x: Tensor): number {
    x.retain();
    const h = this.#free.pop() ?? this.#slots.length;
    this.#slots[h] = x;
    return h;
  }
  get(h: number): Tensor {
    const x = this.#slots[h];
    assert(x, `handle ${h} is not in use`);
    return x;
  }
  /** Null for a handle below 0, which names none. */
  optional(h: number): Tensor | null {
    return h < 0 ? null : this.get(h);
  }
  release(h: number): void {
    const x = this.get(h);
    this.#slots[h] = null;
    this.#free.push(h);
    x.release();
  }
}
