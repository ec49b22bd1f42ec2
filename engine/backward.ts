import { isFloat, isHalf } from "./dtype.ts";
import { assert, TorchError, UnsupportedError } from "./errors.ts";
import { contiguousStrides, sameShape } from "./shape.ts";
import type { Observer, Session } from "./session.ts";
import type { Node } from "./tape.ts";
import { Packed, assertNotFreed, walkOrder } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export interface BackwardOptions {
  readonly retainGraph: boolean;
  /** The walk is itself recorded, so that its result can be differentiated. */
  readonly createGraph: boolean;
  /** Only these are wanted, and returned. */
  readonly inputs?: readonly Tensor[];
  /** Leaves gather `grad`; false for `autograd.grad`. */
  readonly accumulate: boolean;
  /** A Python hook by identity: its result replaces the cotangent. */
  readonly hook?: (id: number, ct: Tensor) => Tensor | null;
}

/** One walk back: pending cotangents by node, freed as soon as they were used. */
class Walk {
  readonly #s: Session;
  readonly #options: BackwardOptions;
  readonly #pending = new Map<Node, (Tensor | null)[]>();
  readonly #captured: (Tensor | null)[];
  /** Sum per leaf of this walk, so that hooks see it whole. */
  readonly #leaves = new Map<Tensor, Tensor>();
  /** Per leaf: inputs of nodes to come that it is. */
  readonly #open = new Map<Tensor, number>();
  readonly #wanted: Set<Node> | null;
  /** Nobody looks on where the gradient is itself a part of the loss (a gradient penalty): it is not the loss's gradient. */
  readonly #observer: Observer | null;

  constructor(session: Session, options: BackwardOptions, order: readonly Node[]) {
    this.#s = session;
    this.#observer = options.createGraph ? null : session.observer;
    this.#options = options;
    this.#captured = (options.inputs ?? []).map(() => null);
    this.#wanted = options.inputs ? this.#leadingTo(order, options.inputs) : null;
    if (this.#observer?.onGrad && options.accumulate && !options.inputs)
      for (const { edges } of order)
        for (const e of edges)
          if (e && "leaf" in e) this.#open.set(e.leaf, (this.#open.get(e.leaf) ?? 0) + 1);
  }

  /** Nodes on a path to one of the inputs: the others need not run. */
  #leadingTo(order: readonly Node[], inputs: readonly Tensor[]): Set<Node> {
    const wanted = new Set<Node>();
    const targets = new Set(inputs.map((x) => x.node));
    const leaves = new Set(inputs.filter((x) => x.node === null));
    for (const node of [...order].reverse()) {
      const leads = node.edges.some(
        (e) => e && ("leaf" in e ? leaves.has(e.leaf) : wanted.has(e.node) || targets.has(e.node)),
      );
      if (leads) wanted.add(node);
    }
    return wanted;
  }

  /** Adds a cotangent (the walk keeps its own reference). */
  give(sum: Tensor | null, ct: Tensor): Tensor {
    if (!sum) return ct.retain();
    const { backend } = this.#s;
    // In place where nobody else can see the sum, nor measures it: whether that is over by now is not asked, so that the same is done in every run.
    if (
      !this.#options.createGraph &&
      sum.refs === 1 &&
      sum.storage?.refs === 1 &&
      !sum.storage.isMeasured &&
      sum.isContiguous
    ) {
      backend.scoped(() => {
        const c = backend.contiguous(ct);
        backend.kernels.axpy(sum.elem, sum.ptr, c.ptr, sum.size, 1);
        backend.rounded(sum);
        sum.storage!.written(-1);
        return null;
      });
      return sum;
    }
    const next = backend.scoped(() => this.#s.k.add(sum, ct)).retain();
    sum.release();
    return next;
  }
  giveNode(node: Node, index: number, ct: Tensor): void {
    const slots = this.#pending.get(node) ?? node.outs.map(() => null);
    slots[index] = this.give(slots[index] ?? null, ct);
    this.#pending.set(node, slots);
  }
  giveLeaf(leaf: Tensor, ct: Tensor): void {
    this.#leaves.set(leaf, this.give(this.#leaves.get(leaf) ?? null, ct));
  }
  #hooked(id: number, ct: Tensor): Tensor {
    const replaced = this.#options.hook?.(id, ct) ?? null;
    if (!replaced) return ct;
    replaced.retain();
    ct.release();
    return replaced;
  }

  visit(node: Node): void {
    const cts = this.#pending.get(node);
    if (cts) {
      this.#pending.delete(node);
      try {
        this.#visit(node, cts);
      } finally {
        for (const ct of cts) ct?.release();
      }
      if (!this.#options.retainGraph) node.dropSaved();
    }
    if (this.#open.size > 0) for (const e of node.edges) if (e && "leaf" in e) this.#closed(e.leaf);
  }

  /** One node fewer that a leaf's gradient waits for: behind the last one it is whole, and is measured while the walk goes on. */
  #closed(leaf: Tensor): void {
    const left = (this.#open.get(leaf) ?? 0) - 1;
    this.#open.set(leaf, left);
    const sum = this.#leaves.get(leaf);
    if (left > 0 || !sum || leaf.hooks.length > 0 || leaf.afterHooks.length > 0) return;
    this.#leaves.delete(leaf);
    this.#accumulate(leaf, sum, true);
    sum.release();
    this.#observer?.onGrad?.(leaf.grad!);
  }

  #visit(node: Node, cts: (Tensor | null)[]): void {
    this.#s.backend.scoped(() => {
      for (const h of node.hooks) {
        const ct = cts[h.index];
        if (ct) cts[h.index] = this.#hooked(h.id, ct);
      }
      cts.forEach((ct, i) => {
        if (!ct) return;
        this.#observer?.onOutput(node, i, ct);
        this.#options.inputs?.forEach((x, j) => {
          if (x.node === node && x.outIndex === i)
            this.#captured[j] = this.give(this.#captured[j] ?? null, ct);
        });
        if (this.#options.accumulate)
          for (const r of node.retained)
            if (r.index === i && r.tensor.refs > 0) this.#accumulate(r.tensor, ct);
      });
      if (!this.#wanted || this.#wanted.has(node)) this.#propagate(node, cts);
      return null;
    });
  }

  #propagate(node: Node, cts: (Tensor | null)[]): void {
    if (node.custom) {
      node.custom(cts).forEach((ct, i) => {
        const edge = node.edges[i];
        if (ct && edge) this.#send(node, i, ct);
      });
      return;
    }
    assertNotFreed(node);
    const { op } = node;
    const ct = cts[0];
    assert(op && ct, "a node without op or cotangent");
    const inputs: Record<string, Tensor> = {};
    const names = op.variadic ? node.inputs.map((_, i) => String(i)) : op.inputs;
    names.forEach((name, i) => {
      const x = this.#unpack(node, i);
      if (x) inputs[name] = x;
    });
    const out = this.#unpack(node, names.length);
    if (out) inputs["out"] = out;
    assert(op.def.vjp, `${op.name}: recorded without vjp`);
    const rule = op.def.vjp(this.#s.k, ct, inputs, node.attrs);
    names.forEach((name, i) => {
      const edge = node.edges[i];
      const make = rule[name];
      if (!edge || !make) return;
      if (this.#wanted && !this.#isWanted(edge)) return;
      if (!this.#placed(node, i, ct)) this.#send(node, i, make());
    });
  }
  /** A slice's cotangent added in its place to a sum that nobody else sees: many slices of one tensor need no zeros of its size each. */
  #placed(node: Node, i: number, ct: Tensor): boolean {
    const [edge, meta, place] = [node.edges[i], node.inputs[i], node.op?.def.place];
    if (!edge || !meta || !place || this.#options.createGraph || ct.isMeta) return false;
    const sum = "leaf" in edge ? this.#leaves.get(edge.leaf) : this.#pending.get(edge.node)?.[edge.index]; // prettier-ignore
    sum?.storage?.beforeWrite();
    if (!sum || !isSole(sum) || sum.dtype !== ct.dtype || isHalf(ct.dtype)) return false;
    const observer = this.#observer;
    if (observer && (observer.wantsInput?.(node, i) ?? true)) return false;
    const strides = contiguousStrides(meta.shape);
    const at = place({ shape: meta.shape, strides, offset: sum.offset }, node.attrs);
    const { backend } = this.#s;
    backend.scoped(() => {
      backend.write(backend.alias(sum, at.shape, at.strides, at.offset), ct, true);
      sum.storage!.written(-1);
      return null;
    });
    return true;
  }
  #isWanted(edge: NonNullable<Node["edges"][number]>): boolean {
    const inputs = this.#options.inputs ?? [];
    return "leaf" in edge
      ? inputs.includes(edge.leaf)
      : this.#wanted!.has(edge.node) || inputs.some((x) => x.node === edge.node);
  }
  /** Input i of the node (or its output) as the vjp may use it: with values where saved, on the tape where recording. */
  #unpack(node: Node, i: number): Tensor | null {
    const { backend } = this.#s;
    const saved = node.saved?.[i];
    const isOut = i === node.inputs.length;
    const meta = isOut ? node.outs[0]! : node.inputs[i];
    if (!meta) return null;
    const x = saved ? backend.own(saved.unpack()) : backend.meta(meta.shape, meta.dtype);
    if (this.#options.createGraph && saved) {
      if (isOut) x.setNode(node, 0);
      else {
        const edge = node.edges[i];
        if (edge && "node" in edge) x.setNode(edge.node, edge.index);
        else if (edge && saved instanceof Packed)
          throw new UnsupportedError("saved_tensors_hooks", "of a leaf, with create_graph");
        else if (edge) return edge.leaf;
      }
    }
    return x;
  }
  #send(node: Node, i: number, ct: Tensor): void {
    const meta = node.inputs[i]!;
    assert(
      sameShape(ct.shape, meta.shape),
      `${node.op?.name ?? "function"}: cotangent ${i} has shape [${ct.shape.join(", ")}], the input [${meta.shape.join(", ")}]`,
    );
    const fit = ct.dtype === meta.dtype ? ct : this.#s.cast(ct, meta.dtype);
    this.#observer?.onInput(node, i, fit);
    const edge = node.edges[i]!;
    if ("leaf" in edge) this.giveLeaf(edge.leaf, fit);
    else this.giveNode(edge.node, edge.index, fit);
  }

  /** Leaves get their sums; returns what was captured for `inputs`. */
  finish(): (Tensor | null)[] {
    for (const [leaf, sum] of this.#leaves) {
      let ct = sum;
      for (const id of leaf.hooks) ct = this.#hooked(id, ct);
      this.#options.inputs?.forEach((x, j) => {
        if (x === leaf) this.#captured[j] = this.give(this.#captured[j] ?? null, ct);
      });
      if (
        this.#options.accumulate &&
        (!this.#options.inputs || this.#options.inputs.includes(leaf))
      ) {
        this.#accumulate(leaf, ct, true);
        for (const id of leaf.afterHooks) this.#hooked(id, ct);
      }
      ct.release();
    }
    this.#leaves.clear();
    return this.#captured.map((t) => t && this.#s.backend.own(t));
  }
  /** Lets go of whatever the walk still holds. */
  close(): void {
    for (const slots of this.#pending.values()) for (const ct of slots) ct?.release();
    for (const sum of this.#leaves.values()) sum.release();
    this.#pending.clear();
    this.#leaves.clear();
  }
  /** `isLast`: the walk itself does nothing more with ct. */
  #accumulate(to: Tensor, ct: Tensor, isLast = false): void {
    const { backend } = this.#s;
    const next = backend.scoped(() => {
      if (to.grad)
        return this.#options.createGraph ? this.#s.k.add(to.grad, ct) : this.#sumOf(to.grad, ct);
      if (this.#options.createGraph || (isLast && isSole(ct))) return ct;
      // A gradient of its own: later walks add to it in place.
      return ct.isMeta ? backend.meta(ct.shape, ct.dtype) : backend.copy(ct);
    });
    if (to.grad === next) return;
    next.retain();
    to.grad?.release();
    to.grad = next;
  }
  /** grad += ct in place, as PyTorch does: who holds `.grad` sees it. */
  #sumOf(grad: Tensor, ct: Tensor): Tensor {
    const { backend } = this.#s;
    if (grad.isMeta || ct.isMeta) return grad;
    grad.storage!.beforeWrite();
    backend.write(
      grad,
      backend.binary("add", grad, ct.dtype === grad.dtype ? ct : backend.cast(ct, grad.dtype)),
    );
    grad.storage!.written(-1);
    return grad;
  }
}

/** Nobody else sees its elements, and they are all that its storage holds: it can serve as `grad` as it is. */
const isSole = (x: Tensor): boolean => x.refs === 1 && x.storage?.refs === 1 && x.isWhole;

/** See Session.backward. Throws PyTorch's errors for roots that have no gradient or are no scalars. */
export function backward(
  s: Session,
  roots: readonly { tensor: Tensor; ct: Tensor | null }[],
  options: BackwardOptions,
): (Tensor | null)[] {
  for (const { tensor } of roots) {
    s.refreshView(tensor);
    if (!tensor.requiresGrad)
      throw new TorchError(
        "RuntimeError",
        "element 0 of tensors does not require grad and does not have a grad_fn",
      );
  }
  const nodes = roots.map((r) => r.tensor.node).filter((n) => n !== null);
  const order = walkOrder(nodes);
  const walk = new Walk(s, options, order);
  const previous = s.gradMode;
  s.gradMode = options.createGraph;
  s.isWalking = true;
  // The walk may drop the last tensor that holds a node: keep them all until it ends.
  for (const n of order) n.retain();
  try {
    for (const { tensor, ct } of roots) {
      if (!ct && tensor.size !== 1)
        throw new TorchError(
          "RuntimeError",
          "grad can be implicitly created only for scalar outputs",
        );
      assert(isFloat(tensor.dtype), "backward of an integer tensor");
      const one =
        ct ??
        (tensor.isMeta
          ? s.backend.meta(tensor.shape, tensor.dtype)
          : s.backend.full(tensor.shape, tensor.dtype, 1));
      if (!sameShape(one.shape, tensor.shape))
        throw new TorchError(
          "RuntimeError",
          `Mismatch in shape: grad_output[0] has a shape of torch.Size([${one.shape.join(", ")}]) and output[0] has a shape of torch.Size([${tensor.shape.join(", ")}]).`,
        );
      if (tensor.node) walk.giveNode(tensor.node, tensor.outIndex, one);
      else walk.giveLeaf(tensor, one);
    }
    for (const node of order) {
      s.assertTime();
      walk.visit(node);
    }
    return walk.finish();
  } finally {
    s.gradMode = previous;
    s.isWalking = false;
    walk.close();
    for (const n of order) n.release();
  }
}
