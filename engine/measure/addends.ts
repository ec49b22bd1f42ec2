/** The terms that a loss is a sum of, found on the tape. */
import { numel } from "../shape.ts";
import { walkOrder, type Edge, type Node } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

export interface Addend {
  readonly node: Node;
  readonly index: number;
  /** Identity of the user's place of the term; −1: none. */
  readonly site: number;
  /** Of the addition that takes it, and which operand of that it is; −1: it is the whole loss. */
  readonly addition: number;
  readonly operand: number;
  /** Made of parameters and constants alone: it would be the same on any batch. */
  readonly isPenalty: boolean;
}

/** Linear in the one input that is on the tape: of single numbers, since a mean over rows is the loss's own. */
const LINEAR: ReadonlySet<string> = new Set(["neg", "sum", "mean", "mul", "div", "cast", "clone"]);
const SUMS: ReadonlySet<string> = new Set(["add", "sub"]);
const MOST = 64;

/** Follows parameters: a node of a layer has seen data, and so has one that takes a constant table which no parameter is compared with. */
class Penalties {
  readonly #known = new Map<Node, boolean>();

  has(node: Node): boolean {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    // Latest first, so that what a node reads is decided before the node itself.
    for (const one of walkOrder([node]).reverse())
      if (!this.#known.has(one)) this.#known.set(one, this.#isPure(one));
    return this.#known.get(node)!;
  }

  #isPure(node: Node): boolean {
    if (!node.op || node.layer >= 0) return false;
    const { shape } = node.outs[0]!;
    const isConstant = (i: number): boolean => {
      const x = node.inputs[i];
      if (!x || numel(x.shape) <= 1) return true;
      return node.op?.def.elementwise === true && x.shape.join() === shape.join();
    };
    return node.edges.every((e, i) => (e ? "leaf" in e || this.#known.get(e.node) : isConstant(i)));
  }
}

/**
 * Terms of a loss, in no order. One that is a sum of penalties alone is one term, and so is a layer (`isLayer`, by its identity): how it
 * averages is its own affair. Empty where there are more than can be told apart.
 */
export function addendsOf(loss: Tensor, isLayer: (id: number) => boolean): readonly Addend[] {
  const found: Addend[] = [];
  const penalties = new Penalties();
  const waiting: Addend[] = [];
  const wait = (
    edge: Edge | null | undefined,
    place: Pick<Addend, "addition" | "operand" | "site">,
  ) => {
    if (edge && "node" in edge)
      waiting.push({ ...edge, ...place, isPenalty: penalties.has(edge.node) });
  };
  if (loss.node)
    wait({ node: loss.node, index: loss.outIndex }, { addition: -1, operand: 0, site: -1 });
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const { node, addition, operand } = at;
    const { op, edges } = node;
    const site = at.site < 0 ? node.site : at.site;
    const onTape = edges.filter((e) => e !== null);
    const isNumber = node.inputs.every((x) => !x || numel(x.shape) <= 1);
    const isWhole = at.isPenalty || !op || isLayer(node.layer);
    if (!isWhole && SUMS.has(op.name))
      edges.forEach((edge, i) => {
        wait(edge, { addition: node.site, operand: i, site: -1 });
      });
    else if (!isWhole && isNumber && (LINEAR.has(op.name) || op.def.view) && onTape.length === 1)
      wait(onTape[0], { addition, operand, site });
    else found.push({ ...at, site });
    if (found.length > MOST) return [];
  }
  return found;
}

/** A walk over its graph does nothing that the user could notice: no hook and no function of theirs is called. */
export const isQuiet = ({ node }: Tensor): boolean =>
  !node || walkOrder([node]).every((one) => !one.custom && one.hooks.length === 0);
