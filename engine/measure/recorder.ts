import type { Stats } from "../report.ts";
import type { Session } from "../session.ts";
import type { Edge, Node } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { Crossings } from "./crossings.ts";
import { differenceOf } from "./difference.ts";
import type { Give, Measuring } from "./measuring.ts";

/** One call of a layer, as measured; places and names are the caller's identities, resolved later. */
export interface LayerCall {
  readonly id: number;
  readonly module: number;
  readonly type: string;
  readonly functional: boolean;
  readonly site: number;
  readonly parent: number;
  /** The call whose output this one takes, through nothing but views; −1: another op, or none, is between. */
  readonly from: number;
  /** False once another layer ran inside it: then it is a container, and no layer. */
  isLeaf: boolean;
  outputShape: readonly number[];
  output: Stats | null;
  /** See measure/difference.ts. */
  difference: number | null;
  outputGrad: Stats | null;
  inputGrad: Stats | null;
}

interface Watch {
  readonly call: LayerCall;
  readonly input: Edge | null;
  sum: Tensor | null;
}

/** Reshapes and permutations in a row that are looked through. */
const MAX_VIEWS = 8;

const sameEdge = (a: Edge | null | undefined, b: Edge | null): boolean =>
  !!a &&
  !!b &&
  ("leaf" in a
    ? "leaf" in b && a.leaf === b.leaf
    : "node" in b && a.node === b.node && a.index === b.index);

function append<T>(lists: Map<Node, T[]>, node: Node, item: T): void {
  const list = lists.get(node);
  if (list) list.push(item);
  else lists.set(node, [item]);
}

/**
 * Measures layers while a run goes forward and back: the output when a call ends, the gradients of output and input when their
 * cotangents are complete. A layer's input gradient counts what flows through that layer alone, not through a skip beside it.
 */
export class Recorder {
  readonly calls: LayerCall[] = [];
  readonly crossings = new Crossings();
  readonly #s: Session;
  readonly #measuring: Measuring;
  readonly #open: number[] = [];
  readonly #watches: Watch[] = [];
  /** By the node that made a layer's input: the layers whose input gradient is not complete yet. */
  readonly #waiting = new Map<Node, Watch[]>();
  readonly #byOutput = new Map<Node, { index: number; call: LayerCall }[]>();
  /** False while nothing is to be measured (meta runs, later steps). */
  isOn = false;

  constructor(session: Session, measuring: Measuring) {
    this.#s = session;
    this.#measuring = measuring;
    session.observer = {
      onOutput: (node, index, ct) => this.#onOutput(node, index, ct),
      onInput: (node, input, ct) => this.#onInput(node, input, ct),
      wantsInput: (node, input) => this.#watchOf(node, input) !== null,
      onLeaf: (leaf) => this.#expect(leaf),
      onGrad: (grad) => this.#expect(grad),
    };
  }

  /** Parameters and their gradients are measured behind the run, if nothing has changed them (measure/taken.ts). */
  #expect(x: Tensor): void {
    if (this.isOn) this.#measuring.expect(x);
  }

  /** Enters a layer call; everything recorded until `end` belongs to it. */
  begin(
    module: number,
    type: string,
    functional: boolean,
    site: number,
    input: Tensor | null,
  ): number {
    const parent = this.#open.at(-1) ?? -1;
    const id = this.calls.length;
    const edge = input && this.#s.edge(input);
    const call: LayerCall = {
      id,
      module,
      type,
      functional,
      site,
      parent,
      from: this.#madeBy(edge),
      isLeaf: true,
      outputShape: [],
      output: null,
      difference: null,
      outputGrad: null,
      inputGrad: null,
    };
    this.calls.push(call);
    if (parent >= 0) this.calls[parent]!.isLeaf = false; // those around it were told by it
    this.#open.push(id);
    this.#watches[id] = { call, input: edge, sum: null };
    this.#s.layer = id;
    return id;
  }

  /** The leaf call whose output an edge leads to. */
  #madeBy(edge: Edge | null): number {
    for (let at = edge, steps = 0; at && "node" in at && steps < MAX_VIEWS; steps++) {
      const { node, index } = at;
      const made = this.#byOutput.get(node)?.find((o) => o.index === index);
      if (made) return made.call.id;
      if (!node.op?.def.view) return -1;
      at = node.edges[0] ?? null;
    }
    return -1;
  }

  /** Leaves it with its (first floating) output, or null where it gave none or failed. */
  end(id: number, output: Tensor | null): void {
    while (this.#open.length > 0 && this.#open.pop() !== id);
    this.#s.layer = this.#open.at(-1) ?? -1;
    const call = this.calls[id];
    if (!call?.isLeaf || !output || !this.isOn) return;
    call.outputShape = [...output.shape];
    this.#measuring.measure(output, (stats) => (call.output = stats));
    call.difference = differenceOf(this.#s.backend, output, call.type);
    this.#s.refreshView(output);
    if (!output.node) return;
    append(this.#byOutput, output.node, { index: output.outIndex, call });
  }

  #onOutput(node: Node, index: number, ct: Tensor): void {
    if (!this.isOn) return;
    this.crossings.visit(node);
    // Where nothing else takes a layer's output, its gradient and that of the next one's input are one tensor.
    const same: Give[] = [];
    for (const { index: at, call } of this.#byOutput.get(node) ?? [])
      if (at === index) same.push((stats) => (call.outputGrad = stats));
    for (const w of this.#waiting.get(node) ?? []) this.#flush(w, w.sum === ct ? same : null);
    this.#waiting.delete(node);
    if (same.length > 0)
      this.#measuring.measure(ct, (stats) => {
        for (const give of same) give(stats);
      });
  }
  /** The layer whose own input this is. */
  #watchOf(node: Node, input: number): Watch | null {
    if (!this.isOn || node.layer < 0) return null;
    const w = this.#watches[node.layer];
    return w?.call.isLeaf && sameEdge(node.edges[input], w.input) ? w : null;
  }
  #onInput(node: Node, input: number, ct: Tensor): void {
    const w = this.#watchOf(node, input);
    if (!w) return;
    if (!w.sum) {
      w.sum = ct.retain();
      if (w.input && "node" in w.input) append(this.#waiting, w.input.node, w);
      return;
    }
    const previous = w.sum;
    w.sum = this.#s.backend.scoped(() => this.#s.k.add(previous, ct)).retain();
    previous.release();
  }
  /** Measures the gradient of a layer's input and lets go of it; `same`: others that want this tensor's numbers, and ask for them. */
  #flush(w: Watch, same: Give[] | null = null): void {
    const give: Give = (stats) => (w.call.inputGrad = stats);
    if (same) same.push(give);
    else if (w.sum) this.#measuring.measure(w.sum, give);
    w.sum?.release();
    w.sum = null;
  }

  /** After backward: measures what flowed into leaves, and lets go of everything. */
  finish(): void {
    for (const w of this.#watches) if (w) this.#flush(w);
    this.#byOutput.clear();
    this.#waiting.clear();
    this.#measuring.settle();
  }
}
