/** Which operations let nothing of a gradient through. */
import type { Observer, Session } from "../session.ts";
import type { Node } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { statsOf } from "./stats.ts";

/** An operation that was given a gradient and passed on exactly zero. */
export interface Absorber {
  /**
   * As the engine calls it: `relu`, `standardize`; "affine" for a normalisation whose factors are 0, "function" for a user's own, "overwrite" for what an in-place write replaced, "cancel"
   * for one that takes the same values twice and sends back what adds up to 0.
   */
  readonly op: string;
  /** Identity of the user's place; −1: none. */
  readonly site: number;
  /** The values that it shares something out among: of a softmax its entries, of a normalisation those of one mean; else null. */
  readonly among: number | null;
  /** A normalisation whose mean goes over the batch. */
  readonly isBatch: boolean;
}

/** A normalisation's factors, where they are kept. */
const WEIGHT_OF_NORM = 2;

function absorberOf(node: Node, input: number, isZero: (x: Tensor) => boolean): Absorber {
  const { A, C, axis, clamp } = node.attrs as Readonly<Record<string, number | undefined>>;
  const name = clamp ? "clamp" : (node.op?.name ?? "function");
  const op = name === "sliceAssign" && input === 0 ? "overwrite" : name;
  if (op === "standardize" && input === 0) {
    const weight = node.saved?.[WEIGHT_OF_NORM]?.unpack();
    const isOff = !!weight && isZero(weight);
    weight?.release();
    if (isOff) return { op: "affine", site: node.site, among: null, isBatch: false };
  }
  const isNorm = op === "standardize" && A !== undefined && C !== undefined;
  const entries = /softmax$/i.test(op) && axis !== undefined ? node.inputs[0]?.shape[axis] : null;
  return {
    op,
    site: node.site,
    among: isNorm ? A * C : (entries ?? null),
    isBatch: isNorm && A > 1,
  };
}

/** Follows zeros back to the operations that made them. It costs a pass over each cotangent: for runs that are known to have some. */
export class AbsorberWatch implements Observer {
  readonly #s: Session;
  readonly #before: Observer | null;
  readonly #alive = new Set<Node>();
  readonly #known = new Map<Node, Absorber[]>();
  readonly #behind = new Map<Node | Tensor, Set<Absorber>>();
  /** What sent a part that is not zero, latest last: an output or a leaf whose parts add up to zero was cancelled there. */
  readonly #sender = new Map<Node | Tensor, Node>();

  constructor(session: Session) {
    this.#s = session;
    this.#before = session.observer;
    session.observer = this;
  }

  close(): void {
    this.#s.observer = this.#before;
  }

  /** What stands between this leaf and the loss, where its gradient is exactly zero. */
  of(leaf: Tensor): readonly Absorber[] {
    this.#cancelled(leaf);
    return [...(this.#behind.get(leaf) ?? [])];
  }

  /** Its parts were not zero, and their sum is. */
  #cancelled(at: Node | Tensor): void {
    const sender = this.#sender.get(at);
    if (!sender) return;
    const found = this.#behind.get(at) ?? new Set<Absorber>();
    found.add({ op: "cancel", site: sender.site, among: null, isBatch: false });
    this.#behind.set(at, found);
  }

  #isZero(ct: Tensor): boolean {
    const s = statsOf(this.#s.backend, ct);
    return s !== null && s.zeros === s.count;
  }

  onOutput(node: Node, _index: number, ct: Tensor): void {
    if (!this.#isZero(ct)) this.#alive.add(node);
    else this.#cancelled(node);
  }

  onInput(node: Node, input: number, ct: Tensor): void {
    const edge = node.edges[input]!;
    const to = "leaf" in edge ? edge.leaf : edge.node;
    if (!this.#isZero(ct)) {
      this.#sender.set(to, node);
      return;
    }
    const found = this.#behind.get(to) ?? new Set<Absorber>();
    if (this.#alive.has(node)) {
      const own = this.#known.get(node) ?? [];
      found.add((own[input] ??= absorberOf(node, input, (x) => this.#isZero(x))));
      this.#known.set(node, own);
    } else for (const one of this.#behind.get(node) ?? []) found.add(one);
    this.#behind.set(to, found);
  }
}
