/** Model builders of torchvision, torchaudio and torchtext, from Debian's unmodified sources: one of each kind. */
import assert from "node:assert/strict";
import { PACKAGES } from "../support/builders.ts";
import { MODELS, Parity } from "../support/parity.ts";
import type { BuilderCase } from "../support/witness.ts";
import { PACKAGE_CASES } from "./models.ts";

// `npm run builders` runs all of them; these are quick and between them use what the others use.
const REPRESENTATIVE = [
  ...["resnet18", "mobilenet_v3_small", "squeezenet1_1", "regnet_y_800mf"],
  ...["quantized_resnet18", "lraspp_mobilenet_v3_large", "raft_small"],
  ...["fasterrcnn_mobilenet_v3_large_320_fpn", "ssdlite320_mobilenet_v3_large"],
].map((name) => `torchvision:${name}`);
REPRESENTATIVE.push(
  ...["WaveRNN", "ConvTasNet", "DeepSpeech", "wav2vec2_model", "hubert_pretrain_model"]
    .concat(["Tacotron2", "Conformer", "Emformer", "emformer_rnnt_model", "HDemucs"])
    .map((name) => `torchaudio:${name}`),
);
REPRESENTATIVE.push("torchtext:T5_SMALL_ENCODER");

describe("parity with PyTorch on model builders", () => {
  const parity = new Parity(PACKAGES);
  const known = new Map<string, BuilderCase>();
  before(async function () {
    this.timeout(120_000);
    await parity.start();
    for (const one of await parity.witness.ask({ verb: "builders" })) known.set(one.id, one);
  });
  after(async () => {
    process.stdout.write(`${parity.table()}\n`);
    await parity.stop();
  });

  for (const one of PACKAGE_CASES)
    it(one.id, async function () {
      this.timeout(120_000);
      await parity.check(one, MODELS);
    });
  for (const id of REPRESENTATIVE) {
    it(id, async function () {
      this.timeout(400_000);
      const one = known.get(id);
      assert.ok(one && one.reason === undefined, `${id} is no builder`);
      await parity.check(one, MODELS);
    });
  }

  it("knows arguments for every builder", () => {
    assert.ok(known.size > 150, `only ${String(known.size)} builders were found`);
    assert.deepEqual(
      [...known.values()].filter(({ reason }) => reason !== undefined),
      [],
    );
  });
});
