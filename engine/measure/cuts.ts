/** Where leaves lose their way to the loss: values taken off the tape. */
import type { Op } from "../op.ts";
import type { Session } from "../session.ts";
import type { Edge, Node } from "../tape.ts";
import type { Storage, Tensor } from "../tensor.ts";

/** What became of a leaf that got no gradient. */
export interface Cut {
  /**
   * `unused`: no op took it. `detached`: its values went on without their history. `choice`: an op without a derivative took them
   * (argmax, a comparison, a conversion to integers). `no-grad`: it was used where nothing is recorded. `number`: what was made of it
   * was read as plain numbers. `astray`: what was made of it is on the tape, and the loss does not depend on it.
   */
  readonly kind: "unused" | "detached" | "choice" | "no-grad" | "number" | "astray";
  /** The op of a choice, `argmax`; of anything else "". */
  readonly op: string;
  /** Identity of the user's place; −1: none. */
  readonly site: number;
}

/** A cut, and the tensor that it was made at. */
interface Made {
  readonly cut: Cut;
  readonly edge: Edge | null;
  /** The later, the nearer to the loss. */
  readonly order: number;
}

const NOTHING = { op: "", site: -1 };

/**
 * Follows a run's values off the tape, and on to what `backward` begins at: of a layer's own comparisons and indices nothing is told, though
 * its result depends on them, where a later cut lies between it and the loss. `inLayers`: of what is used without a gradient only what modules do
 * counts, not what happens to parameters between them.
 */
export class CutWatch {
  readonly #s: Session;
  readonly #inLayers: boolean;
  readonly #used = new Set<Tensor>();
  readonly #unrecorded = new Map<Tensor, Cut>();
  /** By the storage that their values went on in. */
  readonly #onward = new WeakMap<Storage, Set<Made>>();
  /** On whose values a loss depends. */
  readonly #reached = new Set<Made>();
  readonly #numbers: Made[] = [];
  readonly #leaves = new Map<Made, Set<Tensor>>();

  constructor(session: Session, inLayers: boolean) {
    this.#s = session;
    this.#inLayers = inLayers;
    session.onResult = (op, inputs, out) => this.#onResult(op, inputs, out);
    session.onBackward = (roots) => {
      for (const root of roots) for (const made of this.#of(root)) this.#reached.add(made);
    };
  }

  close(): void {
    this.#s.onResult = this.#s.onBackward = null;
  }

  of(leaf: Tensor): Cut {
    const last = (cuts: Iterable<Made>): Cut | undefined =>
      // Of the same tensor's the latest counts: earlier ones may belong to another loss.
      [...cuts]
        .reverse()
        .sort((a, b) => b.order - a.order)
        .find((made) => this.#isBehind(made, leaf))?.cut;
    return (
      last(this.#reached) ??
      last(this.#numbers) ??
      (this.#used.has(leaf) ? { kind: "astray", ...NOTHING } : this.#unrecorded.get(leaf)) ?? {
        kind: "unused",
        ...NOTHING,
      }
    );
  }

  /** x's values go on without x's history. */
  detached(x: Tensor, site: number): void {
    if (x.storage) this.#goesOn(x.storage, [this.#made(x, { kind: "detached", op: "", site })]);
  }

  /** x's values, or those that x was detached from, leave as numbers. */
  read(x: Tensor, site: number): void {
    const cut = { kind: "number", op: "", site } as const;
    if (this.#isTaped(x)) this.#numbers.push(this.#made(x, cut));
    else
      // What an operation without a derivative chose had no way back before it was read.
      for (const made of this.#of(x))
        this.#numbers.push(made.cut.kind === "choice" ? made : { ...made, cut });
  }

  #onResult(op: Op, inputs: readonly (Tensor | null)[], out: Tensor): void {
    if (!out.storage) return;
    const { gradMode, site } = this.#s;
    const cuts: Made[] = [];
    for (const x of inputs) {
      if (!x) continue;
      cuts.push(...this.#of(x));
      if (!this.#isTaped(x)) continue;
      // A view of a leaf may have been made where nothing is recorded.
      const leaf = x.viewOf?.base ?? x;
      const unrecorded = { kind: "no-grad", op: "", site } as const;
      const isInside = !this.#inLayers || this.#s.layer >= 0;
      if (!gradMode && leaf.requiresGradLeaf && isInside) this.#unrecorded.set(leaf, unrecorded);
      if (!gradMode) cuts.push(this.#made(leaf.requiresGradLeaf ? leaf : x, unrecorded));
      else if (out.node) this.#used.add(leaf);
      else cuts.push(this.#made(x, { kind: "choice", op: op.name, site }));
    }
    if (cuts.length > 0) this.#goesOn(out.storage, cuts);
  }

  #isTaped(x: Tensor): boolean {
    return x.requiresGrad || x.viewOf?.base.requiresGrad === true;
  }

  #made(x: Tensor, cut: Cut): Made {
    return { cut, edge: this.#s.edge(x), order: x.node?.seq ?? 0 };
  }

  #of(x: Tensor): Iterable<Made> {
    return (x.storage && this.#onward.get(x.storage)) ?? [];
  }

  #goesOn(storage: Storage, cuts: readonly Made[]): void {
    const known = this.#onward.get(storage) ?? new Set();
    for (const made of cuts) known.add(made);
    this.#onward.set(storage, known);
  }

  #isBehind(made: Made, leaf: Tensor): boolean {
    const known = this.#leaves.get(made) ?? leavesBehind(made.edge);
    this.#leaves.set(made, known);
    return known.has(leaf);
  }
}

/** The leaves that a tensor was made of. */
function leavesBehind(edge: Edge | null): Set<Tensor> {
  const [found, seen] = [new Set<Tensor>(), new Set<Node>()];
  const queue: (Edge | null)[] = [edge];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (!at) continue;
    if ("leaf" in at) found.add(at.leaf);
    else if (!seen.has(at.node)) {
      seen.add(at.node);
      queue.push(...at.node.edges);
    }
  }
  return found;
}
