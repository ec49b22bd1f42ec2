import type { Backend } from "../backend.ts";
import type { Stats } from "../report.ts";
import type { Tensor } from "../tensor.ts";
import type { Measuring } from "./measuring.ts";

/** What is measured of a parameter at one moment; NaN and infinities are null, as JSON has none. */
interface Numbers {
  readonly requiresGrad: boolean;
  value: Stats | null;
  grad: Stats | null;
  readonly gradFirst: readonly (number | null)[];
}

const FIRST = 3;

/** Numbers of parameters. They stay here, and Python's rows have an index, `taken`, in their place: as text they would cross the border twice. */
export class Taken {
  readonly #all: Numbers[] = [];
  readonly #measuring: Measuring;

  constructor(measuring: Measuring) {
    this.#measuring = measuring;
  }

  /** → the index. */
  take(k: Backend, x: Tensor, grad: Tensor | null): number {
    const gradFirst = grad && !grad.isMeta ? [...k.read(grad, FIRST)] : [];
    const numbers: Numbers = {
      requiresGrad: x.requiresGrad,
      value: null,
      grad: null,
      gradFirst: gradFirst.map((v) => (Number.isFinite(v) ? v : null)),
    };
    this.#measuring.measure(x, (stats) => (numbers.value = stats));
    if (grad) this.#measuring.measure(grad, (stats) => (numbers.grad = stats));
    this.#all.push(numbers);
    return this.#all.length - 1;
  }

  /** An answer of Python's with the numbers in its rows of parameters, and in those of the pass behind its last step. */
  filled<T>(answer: T): T {
    this.#measuring.settle();
    const { parameters, last } = answer as { parameters?: unknown; last?: unknown };
    if (last) this.filled(last);
    if (!Array.isArray(parameters)) return answer;
    for (const row of parameters as { taken?: number }[]) {
      if (row.taken === undefined) continue;
      Object.assign(row, this.#all[row.taken]);
      delete row.taken;
    }
    return answer;
  }
}
