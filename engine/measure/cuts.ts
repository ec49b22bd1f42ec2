/** Where leaves lose their way to the loss: values taken off the tape. */
import type { Op } from "../op.ts";
import type { Session } from "../session.ts";
import type { Edge, Node } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/** What became of a leaf that got no gradient. */
export interface Cut {
  /**
   * `unused`: no op took it. `detached`: its values went on without their history. `choice`: an op without a derivative took them
   * (argmax, a comparison, a conversion to integers). `no-grad`: it was used where nothing is recorded. `astray`: what was made of it
   * is on the tape, and the loss does not depend on it.
   */
  readonly kind: "unused" | "detached" | "choice" | "no-grad" | "astray";
  /** The op of a choice, `argmax`; of anything else "". */
  readonly op: string;
  /** Identity of the user's place; −1: none. */
  readonly site: number;
}

/** Follows a run's values off the tape. `inLayers`: only what modules do counts, not what happens to parameters between them. */
export class CutWatch {
  readonly #s: Session;
  readonly #inLayers: boolean;
  readonly #used = new Set<Tensor>();
  readonly #cuts = new Map<Tensor, Cut>();
  readonly #unrecorded = new Map<Tensor, Cut>();
  /** Their leaves are known by an earlier cut. */
  readonly #seen = new Set<Node>();

  constructor(session: Session, inLayers: boolean) {
    this.#s = session;
    this.#inLayers = inLayers;
    session.onResult = (op, inputs, out) => this.#onResult(op, inputs, out);
  }

  close(): void {
    this.#s.onResult = null;
  }

  of(leaf: Tensor): Cut {
    const nothing = { op: "", site: -1 };
    return (
      this.#cuts.get(leaf) ??
      (this.#used.has(leaf) ? { kind: "astray", ...nothing } : this.#unrecorded.get(leaf)) ?? {
        kind: "unused",
        ...nothing,
      }
    );
  }

  /** x's values go on without x's history. */
  detached(x: Tensor, site: number): void {
    // A script makes, initialises and copies parameters by way of their data.
    if (x.requiresGradLeaf && this.#inLayers && this.#s.layer < 0) return;
    this.#note(x, { kind: "detached", op: "", site });
  }

  #onResult(op: Op, inputs: readonly (Tensor | null)[], out: Tensor): void {
    if (out.isMeta || (this.#inLayers && this.#s.layer < 0)) return;
    const { gradMode, site } = this.#s;
    for (const x of inputs) {
      if (!x || !(x.requiresGrad || x.viewOf?.base.requiresGrad)) continue;
      // A view of a leaf may have been made where nothing is recorded.
      const leaf = x.viewOf?.base ?? x;
      const unrecorded = { kind: "no-grad", op: "", site } as const;
      if (!gradMode && leaf.requiresGradLeaf) this.#unrecorded.set(leaf, unrecorded);
      else if (!gradMode) this.#note(x, unrecorded);
      else if (out.node) this.#used.add(leaf);
      else this.#note(x, { kind: "choice", op: op.name, site });
    }
  }

  #note(x: Tensor, cut: Cut): void {
    const edge = this.#s.edge(x);
    const queue: (Edge | null)[] = [edge];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      if (!at) continue;
      if ("leaf" in at) {
        if (!this.#cuts.has(at.leaf)) this.#cuts.set(at.leaf, cut);
      } else if (!this.#seen.has(at.node)) {
        this.#seen.add(at.node);
        queue.push(...at.node.edges);
      }
    }
  }
}
