/** What of a forward pass changes with the size of its input, and a verdict with it. */
import type { Attrs } from "../op.ts";
import { normAxis } from "../shape.ts";
import { type Node, walkOrder } from "../tape.ts";

export interface Extent {
  /** Products on the longest way from a leaf to the result: a recurrence by hand has as many as steps. */
  readonly depth: number;
  /** The most steps of a recurrent layer, or positions that a softmax weighs; 0 without either. */
  readonly steps: number;
  /** Positions of a map per position of the padded kernel that runs over it, the fewest of all: below 1 most of what it sees is padding. Null without padding. */
  readonly room: number | null;
}

/** Products in a row of which an op stands; attention has two, by blocks or not. */
const PRODUCTS: Readonly<Record<string, number>> = {
  matmul: 1,
  addmm: 1,
  conv: 1,
  convGradInput: 1,
  recurrentWhole: 1,
  attentionByBlocks: 2,
};

export function extentOf(root: Node): Extent {
  const depths = new Map<Node, number>();
  let [steps, room] = [0, Infinity];
  for (const node of walkOrder([root]).reverse()) {
    const before = node.edges.map((e) => (e && "node" in e ? (depths.get(e.node) ?? 0) : 0));
    const own = PRODUCTS[node.op?.name ?? ""] ?? 0;
    depths.set(node, Math.max(0, ...before) + own);
    steps = Math.max(steps, stepsOf(node));
    room = Math.min(room, roomOf(node));
  }
  return { depth: depths.get(root) ?? 0, steps, room: Number.isFinite(room) ? room : null };
}

function stepsOf({ op, attrs, inputs }: Node): number {
  const given: Attrs & { readonly axis?: number; readonly steps?: number } = attrs;
  const shape = inputs[0]?.shape ?? [];
  if (op?.name === "recurrentWhole") return given.steps ?? 0;
  if (op?.name === "attentionByBlocks") return inputs[1]?.shape.at(-2) ?? 0;
  return op?.name === "softmax" && shape.length > 0
    ? shape[normAxis(given.axis ?? -1, shape.length)]!
    : 0;
}

function roomOf({ op, attrs, inputs }: Node): number {
  if (op?.name !== "conv") return Infinity;
  const { padding, dilation } = attrs as unknown as Readonly<
    Record<"padding" | "dilation", readonly number[]>
  >;
  const [x = [], w = []] = inputs.map((i) => i?.shape.slice(2));
  return Math.min(
    ...x.map((size, i) =>
      padding[i] && w[i]! > 1 ? size / (dilation[i]! * (w[i]! - 1) + 1) : Infinity,
    ),
  );
}
