/** Remedies of training code as edits: what the bench's sick sources say afterwards, and nothing else in them is another. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { edited } from "../../engine/fixes/apply.ts";
import { startAnalyst } from "../support/analyst.ts";

const SICK = join(import.meta.dirname, "sick");

/** Model, title of the proposal, and pairs of a text that it had and the one in its place. */
const CURES: readonly (readonly [string, string, ...(readonly [string, string])[]])[] = [
  [
    "generator_judged_detached",
    "Detach it for the first loss alone",
    ["torch.randn(32, 5)).detach()", "torch.randn(32, 5))"],
    [
      "F.softplus(critic(made)).mean()).backward()",
      "F.softplus(critic(made.detach())).mean()).backward()",
    ],
  ],
  [
    "head_replaced_while_body_trains",
    "Make the optimizer after the model is complete",
    ["optimizer = torch.optim.Adam(sorter.parameters(), lr=1e-3)\n", ""],
    [
      "sorter.head = nn.Linear(20, 7)\n",
      "sorter.head = nn.Linear(20, 7)\noptimizer = torch.optim.Adam(sorter.parameters(), lr=1e-3)\n",
    ],
  ],
  [
    "layer_made_in_forward",
    "Make the layer in the constructor",
    ["3, padding=1)\n", "3, padding=1)\n        self.last = nn.Linear(96, 5)\n"],
    ["last = nn.Linear(h.shape[1], 5)", "last = self.last"],
  ],
  [
    "schedule_by_batch",
    "Step the schedule once an epoch",
    [
      "optimizer.step()\n            scheduler.step()\n#           ^^^^^^^^^^^^^^^^ warning[rate-schedule]\n",
      "optimizer.step()\n        scheduler.step()\n#           ^^^^^^^^^^^^^^^^ warning[rate-schedule]\n",
    ],
  ],
  [
    "labels_of_both_signs",
    "Bring the targets to 0 to 1",
    ["model(points), sides)", "model(points), (sides + 1) / 2)"],
  ],
  ["log_softmax_over_batch", "Normalise over the classes", ["dim=0", "dim=1"]],
  [
    "softmax_of_one_score",
    "Replace softmax by sigmoid",
    [
      "torch.softmax(self.score(torch.relu(self.hidden(x))), dim=1)",
      "torch.sigmoid(self.score(torch.relu(self.hidden(x))))",
    ],
  ],
  [
    "cross_entropy_of_one_score",
    "Replace CrossEntropyLoss by BCEWithLogitsLoss",
    ["nn.CrossEntropyLoss()", "nn.BCEWithLogitsLoss()"],
  ],
  [
    "words_too_long",
    "Set zero_infinity to True",
    ["nn.CTCLoss()", "nn.CTCLoss(zero_infinity=True)"],
  ],
  [
    "ratio_without_detach",
    "Detach what is subtracted",
    ["chosen - before", "chosen - before.detach()"],
  ],
  [
    "softmax_module_of_one_score",
    "Replace softmax by sigmoid",
    ["nn.Softmax(dim=-1)", "nn.Sigmoid()"],
  ],
  ["layer_norm_of_one", "Remove LayerNorm", ["nn.LayerNorm(1)", "nn.Identity()"]],
  [
    "two_optimizers_for_one",
    "Give the optimizer the parameters of painter",
    ["for_painter = torch.optim.RMSprop(teller", "for_painter = torch.optim.RMSprop(painter"],
  ],
  [
    "router_temperature",
    "Leave the scores as they are",
    ["self.router(x) * 5000.0", "self.router(x)"],
  ],
  [
    "scores_times_channels",
    "Divide the scores by √72 instead",
    [
      "self.ask(x) @ self.key(x).transpose(1, 2) * self.dim**0.5 * 4",
      "self.ask(x) @ self.key(x).transpose(1, 2) * self.dim**0.5 / 72 ** 0.5",
    ],
  ],
  [
    "lonely_atoms",
    "Keep logarithms, roots, exponentials and masks finite",
    [
      "bonds.sum(-1, keepdim=True) ** -0.5",
      "(bonds.sum(-1, keepdim=True)).clamp(min=1e-12) ** -0.5",
    ],
  ],
  [
    "unit_weights_by_hand",
    "Draw the weights by their fan-in",
    [
      "torch.randn(200, 300, requires_grad=True)",
      "(torch.randn(200, 300) * 0.1).requires_grad_(True)",
    ],
    [
      "torch.randn(300, 8, requires_grad=True)",
      "(torch.randn(300, 8) * 0.08).requires_grad_(True)",
    ],
  ],
];

describe("cures: what the source says afterwards", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  for (const [name, title, ...changes] of CURES)
    it(`${name}: ${title}`, async () => {
      const source = readFileSync(join(SICK, `${name}.py`), "utf8");
      const { proposals } = await analyst.analyzeText(`${name}.py`, source);
      const proposal = proposals.find((one) => one.title === title);
      assert.ok(proposal, proposals.map((one) => one.title).join("; "));
      const wanted = changes.reduce((text, [old, now]) => {
        assert.equal(text.split(old).length, 2, `${old} stands there once`);
        return text.replace(old, () => now);
      }, source);
      assert.equal(edited(source, proposal.edits), wanted);
    });

  it("a layer that stays in its place while another optimizer is made is no trouble", async () => {
    const source = readFileSync(join(SICK, "head_replaced_while_body_trains.py"), "utf8");
    const [made] = /^optimizer = .*\n/m.exec(source) ?? [""];
    const cured = source
      .replace(made, "")
      .replace(/^criterion/m, `sorter.head = nn.Linear(20, 7)\n${made}criterion`);
    const twice = cured.replace(/^sorter\.head = nn\.Linear\(20, 7\)\n# .*\n/m, "");
    const { findings } = await analyst.analyzeText("sorter.py", twice);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "information"),
      [],
    );
  });
});
