/** Arithmetic on the way to the loss in which a column meets a row, so that every element of one meets every element of the other. */
import { numel, spareAxis, type Shape } from "../shape.ts";
import type { Edge, Node } from "../tape.ts";

/** Two operands of one operation. */
export interface Crossing {
  /** Identity of the user's place. */
  readonly site: number;
  readonly input: Shape;
  readonly target: Shape;
}

const SUMS: ReadonlySet<string> = new Set(["sum", "mean"]);

const isColumnOf = (x: Shape, y: Shape): boolean => numel(y) > 1 && spareAxis(x, y) >= 0;

/** An axis was just given to the values: whoever does that means every pair. */
const isJustTurned = (edge: Edge | null | undefined, row: Shape): boolean =>
  !!edge &&
  "node" in edge &&
  edge.node.op?.def.view !== undefined &&
  edge.node.inputs[0]?.shape.join() === row.join();

const isParameter = (edge: Edge | null | undefined): boolean => !!edge && "leaf" in edge;

/**
 * Follows the loss back through arithmetic by elements, sums and means, up to the first operation of another kind. Fed with nodes as a
 * walk visits them, latest first.
 */
export class Crossings {
  readonly #reached = new WeakSet<Node>();
  readonly #isOfLoss = new WeakSet<Node>();
  readonly #found = new Map<string, Crossing>();

  visit(node: Node): void {
    const isRoot = !this.#reached.has(node);
    const { op, edges } = node;
    const isOfLoss = isRoot ? numel(node.outs[0]!.shape) === 1 : this.#isOfLoss.has(node);
    const goesOn = isOfLoss && op && (op.def.elementwise || op.def.view || SUMS.has(op.name));
    for (const edge of edges) {
      if (!edge || "leaf" in edge) continue;
      this.#reached.add(edge.node);
      if (goesOn) this.#isOfLoss.add(edge.node);
    }
    if (goesOn && op.def.elementwise && node.site >= 0) this.#look(node);
  }

  /** What was found since the last call, in the order of the run. */
  taken(): readonly Crossing[] {
    const found = [...this.#found.values()].reverse();
    this.#found.clear();
    return found;
  }

  #look({ inputs, edges, site }: Node): void {
    const [a, b] = inputs;
    if (inputs.length !== 2 || !a || !b || edges.some(isParameter)) return;
    const column = isColumnOf(a.shape, b.shape) ? 0 : isColumnOf(b.shape, a.shape) ? 1 : -1;
    if (column < 0 || isJustTurned(edges[column], inputs[1 - column]!.shape)) return;
    this.#found.set(`${site} ${a.shape.join()} ${b.shape.join()}`, {
      site,
      input: a.shape,
      target: b.shape,
    });
  }
}
