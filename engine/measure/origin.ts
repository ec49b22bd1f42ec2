/** The first operations of a run whose result is not finite, forward and on the way back. */
import type { Op } from "../op.ts";
import type { Observer, Session } from "../session.ts";
import type { Node } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { isFloat } from "../dtype.ts";
import { statsOf } from "./stats.ts";

/** One operand: its smallest and largest finite number (∞ and −∞ without one), and how many are 0 or no numbers. */
export interface Extent {
  readonly least: number;
  readonly most: number;
  readonly zeros: number;
  readonly nans: number;
  readonly infs: number;
}

/** An operation that was given numbers, and made something else. */
export interface Made {
  /** As the engine calls it: `log`, `softmax`. */
  readonly op: string;
  /** Identity of the user's place; −1: none. */
  readonly site: number;
  readonly extents: readonly Extent[];
}

export interface Origins {
  /** NaN from operands without one. */
  readonly nan: Made | null;
  /** ±∞ from finite operands. */
  readonly inf: Made | null;
  /** A gradient that is not finite, from one that is. */
  readonly back: Made | null;
}

function extentOf(x: Tensor, s: Session): Extent {
  let [least, most, zeros, nans, infs] = [Infinity, -Infinity, 0, 0, 0];
  s.backend.scoped(() => {
    for (const v of s.backend.read(s.backend.contiguous(x))) {
      if (Number.isNaN(v)) nans++;
      else if (!Number.isFinite(v)) infs++;
      else {
        least = Math.min(least, v);
        most = Math.max(most, v);
        if (v === 0) zeros++;
      }
    }
    return null;
  });
  return { least, most, zeros, nans, infs };
}

/** Looks at every result of a run. It costs a pass over each: for runs that are known to go wrong. */
export class OriginWatch implements Observer {
  readonly #s: Session;
  readonly #before: Observer | null;
  #nan: Made | null = null;
  #inf: Made | null = null;
  #back: Made | null = null;

  constructor(session: Session) {
    this.#s = session;
    this.#before = session.observer;
    session.observer = this;
    session.onResult = (op, inputs, out) => this.#onResult(op, inputs, out);
  }

  /** What was found; the session is as it was. */
  close(): Origins {
    this.#s.observer = this.#before;
    this.#s.onResult = null;
    return { nan: this.#nan, inf: this.#inf, back: this.#back };
  }

  #bad(x: Tensor | null): { readonly nans: number; readonly infs: number } {
    const found = x && isFloat(x.dtype) ? statsOf(this.#s.backend, x) : null;
    return found ?? { nans: 0, infs: 0 };
  }

  #made(op: string, site: number, operands: readonly (Tensor | null)[]): Made {
    const extents = operands.flatMap((x) => (x && !x.isMeta ? [extentOf(x, this.#s)] : []));
    return { op, site, extents };
  }

  #onResult(op: Op, inputs: readonly (Tensor | null)[], out: Tensor): void {
    const { gradMode } = this.#s;
    if (this.#nan || !gradMode || out.isMeta) return;
    const { nans, infs } = this.#bad(out);
    if (nans + infs === 0) return;
    const given = inputs.map((x) => this.#bad(x));
    if (nans > 0 && given.every((g) => g.nans === 0))
      this.#nan = this.#made(op.name, this.#s.site, inputs);
    else if (!this.#inf && nans === 0 && given.every((g) => g.nans + g.infs === 0))
      this.#inf = this.#made(op.name, this.#s.site, inputs);
  }

  onOutput(): void {
    // A whole cotangent is judged where its parts are made.
  }

  /** Nodes come latest first: the first contribution that is not finite was made of finite ones. */
  onInput(node: Node, _input: number, ct: Tensor): void {
    if (this.#back) return;
    const { nans, infs } = this.#bad(ct);
    if (nans + infs === 0) return;
    const operands = (node.saved ?? []).map((x) => x && this.#s.backend.own(x.unpack()));
    this.#back = this.#made(node.op?.name ?? "function", node.site, operands);
  }
}
