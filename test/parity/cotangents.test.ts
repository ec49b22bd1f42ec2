/** Infinite gradients and NaN pass an operation as they do in PyTorch, or are kept out where it keeps them out. */
import assert from "node:assert/strict";
import { Snippets, unlike } from "../support/snippets.ts";

const EXPRESSIONS = [
  "F.relu(x)",
  "(x * 1).relu_()",
  "F.relu6(x)",
  "F.hardtanh(x)",
  "x.clamp(-1, 1)",
  "x.clamp(min=0)",
  "x.clamp(max=0)",
  "torch.clamp(x, torch.tensor(-1.0), torch.tensor(1.0))",
  "F.threshold(x, 0.5, 0.1)",
  "F.hardshrink(x)",
  "F.softshrink(x)",
  "F.hardsigmoid(x)",
  "F.leaky_relu(x)",
  "F.prelu(x, torch.tensor([0.25]))",
  "F.rrelu(x)",
  "F.elu(x)",
  "F.selu(x)",
  "F.celu(x)",
  "F.softplus(x)",
  "F.logsigmoid(x)",
  "F.softsign(x)",
  "F.tanhshrink(x)",
  "F.glu(x)",
  "F.dropout(x, 0.0)",
  "torch.abs(x)",
  "torch.sign(x)",
  "torch.round(x)",
  "torch.tanh(x)",
  "torch.sigmoid(x)",
  "torch.maximum(x, torch.zeros(()))",
  "torch.minimum(x, torch.zeros(()))",
  "torch.fmax(x, torch.zeros(()))",
  "torch.where(x > 0, x, torch.zeros(()))",
  "x.masked_fill(x > 0, 0.0)",
  "x[x > 0]",
  "x.nan_to_num()",
  "x.view(3, 4).max(1).values",
  "x.amax(0)",
  "x.median()",
  "x.topk(3).values",
  "x.cummax(0).values",
  "x.sort().values",
  "x.cumsum(0)",
  "F.max_pool1d(x.view(1, 1, 12), 2)",
  "F.avg_pool1d(x.view(1, 1, 12), 2)",
  "x.view(3, 4).triu()",
  "x.view(3, 4).tril()",
  "F.l1_loss(x, torch.zeros(12), reduction='none')",
  "F.smooth_l1_loss(x, torch.zeros(12), reduction='none')",
  "F.huber_loss(x, torch.zeros(12), reduction='none')",
  "F.mse_loss(x, torch.zeros(12), reduction='none')",
  "F.hinge_embedding_loss(x, torch.ones(12), reduction='none')",
  "(x * 0).sqrt()",
  "(x * 0) ** 2",
  "x.clamp(min=0) ** 0.5",
  "torch.acos(F.hardtanh(x))",
];

describe("gradients that are not finite pass as in PyTorch", function () {
  this.timeout(60_000);
  const snippets = new Snippets();
  let ours: Record<string, string[][]> = {};
  let theirs: typeof ours = {};
  before(async () => {
    await snippets.start();
    const both = await snippets.both("cotangents.py", EXPRESSIONS);
    ours = both.ours as typeof ours;
    theirs = both.theirs as typeof theirs;
  });
  after(() => snippets.stop());

  for (const text of EXPRESSIONS)
    it(text, () => {
      assert.equal(unlike(ours[text], theirs[text], 1e-6), null);
    });
});
