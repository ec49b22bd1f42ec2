/** In-place calls through chains of views: who sees the write, where the gradient goes, and which versions are stale. */
import type { Draw } from "./draw.ts";
import { property, type Property } from "./property.ts";

const VIEWS = [
  "x[1:]",
  "x[:, 1]",
  "x.t()",
  "x.view(-1)",
  "x[:, ::2]",
  "x[0]",
  "x.unsqueeze(0)",
  "x.narrow(1, 1, 2)",
  "x.diagonal()",
  "x.reshape(2, 6)",
  "x.chunk(2, 1)[1]",
  "x.detach()",
  "x.expand(2, 3, 4)",
] as const;
const SECOND = [
  "y[1:]",
  "y[..., 0]",
  "y.unsqueeze(-1)",
  "y.flip(0)",
  "y.transpose(0, -1)",
  "y.clone()",
] as const;
const WRITES = [
  "mul_(2)",
  "add_(a)",
  "zero_()",
  "fill_(0.5)",
  "exp_()",
  "copy_(a)",
  "neg_()",
  "sigmoid_()",
  "clamp_(-1, 1)",
  "div_(3)",
  "pow_(2)",
  "tanh_()",
  "relu_()",
  "masked_fill_(torch.tensor(True), 0.1)",
  "sub_(1, alpha=2)",
] as const;
const USES = [
  "x * x",
  "y * y",
  "x.exp()",
  "y.sin()",
  "z * 2",
  "x.tanh()",
  "x.sqrt()",
  "x.abs()",
] as const;

function program(d: Draw): string {
  const lines = [
    `x = ${d.tensor([3, 4], { low: 0.5, high: 2, lay: "" })} * 1`,
    `a = ${d.tensor([], { lay: "" })}`,
    `y = ${d.pick(VIEWS)}`,
  ];
  lines.push(`z = ${d.chance(50) ? d.pick(SECOND) : d.pick(USES.slice(0, 2))}`);
  if (d.chance(40)) lines.push(`early = ${d.pick(USES)}`);
  for (let i = d.int(1, 3); i > 0; i -= 1)
    lines.push(`${d.pick(["x", "y", "z"])}.${d.pick(WRITES)}`);
  const parts = [d.pick(USES), "x", "y", "z", "[v._version for v in (x, y, z)]"];
  if (lines.some((line) => line.startsWith("early"))) parts.unshift("early");
  return `${lines.join("\n")}\n(${parts.join(", ")})`;
}

export const IN_PLACE: readonly Property[] = [
  property("writes through views", program),
  property("writes to leaves", (d) => {
    const lines = [
      `x = ${d.tensor([3, 4], { low: 0.5, high: 2, lay: "" })}`,
      `a = ${d.tensor([], { lay: "" })}`,
      `y = ${d.pick(VIEWS)}`,
    ];
    lines.push(`${d.pick(["x", "y"])}.${d.pick(WRITES)}`);
    const unseen = d.chance(50);
    const body = unseen ? `with torch.no_grad():\n  ${lines.at(-1)}` : lines.at(-1);
    return `${[...lines.slice(0, -1), body].join("\n")}\n${unseen ? "x * x" : "(x * x, y * 2)"}`;
  }),
];
