/** torchvision's own files, as Debian ships them, under PyTorch and under Chainrule. */
import { MODELS, PACKAGES, Parity } from "../support/parity.ts";
import { FINETUNE_CASE, TORCHVISION_CASES } from "./models.ts";

describe("parity with PyTorch on torchvision", () => {
  const parity = new Parity();
  before(async function () {
    this.timeout(60_000);
    await parity.start();
  });
  after(async () => {
    process.stdout.write(`${parity.table()}\n`);
    await parity.stop();
  });

  it(FINETUNE_CASE.id, async function () {
    this.timeout(120_000);
    await parity.check(FINETUNE_CASE, MODELS, [PACKAGES]);
  });
  for (const one of TORCHVISION_CASES) {
    it(one.id, async function () {
      this.timeout(400_000);
      await parity.check(one, PACKAGES, [PACKAGES]);
    });
  }
});
