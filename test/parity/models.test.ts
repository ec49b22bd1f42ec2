/** The same model files under PyTorch and under Chainrule: draws, loss, every gradient. */
import { MODELS, Parity } from "../support/parity.ts";
import { MODEL_CASES } from "./models.ts";

describe("parity with PyTorch", () => {
  const parity = new Parity();
  before(async function () {
    this.timeout(60_000);
    await parity.start();
  });
  after(async () => {
    process.stdout.write(`${parity.table()}\n`);
    await parity.stop();
  });

  for (const one of MODEL_CASES) {
    it(one.id, async function () {
      this.timeout(120_000);
      await parity.check(one, MODELS);
    });
  }
});
