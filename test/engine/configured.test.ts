import assert from "node:assert/strict";
import { ranScript, startAnalyst } from "../support/analyst.ts";

const STEP = `
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.ones(4, 3)).sum().backward()
    optimizer.step()
`;

/** Files as a project has them; written by the script itself, since a test has no project. */
const written = (files: Record<string, string>): string =>
  Object.entries(files)
    .map(
      ([path, text]) =>
        `os.makedirs(os.path.dirname(${JSON.stringify(path)}), exist_ok=True)\n` +
        `with open(${JSON.stringify(path)}, "w") as f:\n    f.write(${JSON.stringify(text)})\n`,
    )
    .join("");

/** As Hydra 1.3 and OmegaConf 2.3 document it. */
const HYDRA = `
import json, os
import hydra, torch
from omegaconf import DictConfig, OmegaConf
${written({
  "conf/train.yaml":
    "defaults:\n  - _self_\n  - model: mlp\n  - data: toy\n  - experiment: null\n  - optional local: mine\n" +
    "seed: 3\nname: run_${seed}_${model.size}\n",
  "conf/model/mlp.yaml":
    "_target_: torch.nn.Linear\nin_features: ${data.dim}\nout_features: 2\nsize: s\n",
  "conf/model/big.yaml": "defaults:\n  - mlp\nout_features: 5\nsize: ${.out_features}\n",
  "conf/data/toy.yaml": "dim: 7\nparts: [1, 2]\n",
  "conf/experiment/wide.yaml":
    "# @package _global_\ndefaults:\n  - override /model: big\nseed: 9\n",
})}
@hydra.main(config_path="conf", config_name="train", version_base=None)
def main(cfg: DictConfig):
    print(json.dumps(OmegaConf.to_container(cfg, resolve=True)))
    print(cfg.name, cfg.get("absent", 4), "absent" in cfg, hydra.utils.get_original_cwd() == os.getcwd())
    try:
        cfg.absent
    except AttributeError as error:
        print(error)
    with hydra.initialize(config_path="conf", version_base=None):
        other = hydra.compose("train", overrides=["+experiment=wide", "data.parts=[4]", "+data.more=1"])
    print(other.name, other.model.out_features, list(other.data.parts), other.data.more)
    merged = OmegaConf.merge({"a": {"b": 1, "c": [1, 2]}}, OmegaConf.from_dotlist(["a.b=2.5", "a.d=\${a.b}"]), {"a": {"c": [3]}})
    print(json.dumps(OmegaConf.to_container(merged, resolve=True)))
    part = hydra.utils.instantiate({"_target_": "torch.optim.SGD", "lr": 0.5, "_partial_": True})
    layer = hydra.utils.instantiate({"_target_": "torch.nn.Linear", "in_features": 3}, out_features=2)
    print(part(layer.parameters()).param_groups[0]["lr"], layer)
${STEP}
if __name__ == "__main__":
    main()
`;

const ABSL = `
import os
from absl import app, flags, logging
import torch
from ml_collections import config_flags
${written({
  "conf/c.py":
    "import ml_collections\ndef get_config():\n    c = ml_collections.ConfigDict()\n" +
    "    c.model = ml_collections.ConfigDict({'width': 3})\n    return c.lock()\n",
})}
FLAGS = flags.FLAGS
config_flags.DEFINE_config_file("config", "conf/c.py")
flags.DEFINE_integer("batch_size", None, "rows")
flags.DEFINE_float("rate", 0.1, "a rate")
flags.DEFINE_bool("fast", False, "a switch")
flags.DEFINE_enum("mode", None, ["eval", "train"], "what to do")
flags.mark_flags_as_required(["batch_size", "mode"])

def main(argv):
    print(FLAGS.config.model.width, FLAGS.batch_size, FLAGS.rate, FLAGS.fast, FLAGS.mode)
    print(FLAGS(["x", "--rate=2", "--fast", "--config.model.width=5", "rest"]), FLAGS.rate, FLAGS.fast, FLAGS.config.model.width)
    logging.info("started")
${STEP}
if __name__ == "__main__":
    app.run(main)
`;

const DOCOPT = `"""Trains.

usage: train.py [options] <data-root>

options:
    --rate=<r>       Learning rate [default: 0.5].
    --steps=<n>      Steps.
    -q --quiet       Says nothing.
    -h, --help       Shows this.
"""
from docopt import docopt
import torch

if __name__ == "__main__":
    print(docopt(__doc__))
    print(docopt(__doc__, ["--rate", "2", "-q", "here"]))
${STEP}
`;

describe("scripts that are configured", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (text: string) => ranScript(analyst, text);

  it("by Hydra: files composed by their defaults lists, interpolated, overridden", async () => {
    const { lines } = await run(HYDRA);
    assert.deepEqual(JSON.parse(lines[0]!), {
      seed: 3,
      name: "run_3_s",
      model: { _target_: "torch.nn.Linear", in_features: 7, out_features: 2, size: "s" },
      data: { dim: 7, parts: [1, 2] },
    });
    assert.deepEqual(lines.slice(1), [
      "run_3_s 4 False True",
      "Missing key absent",
      "run_9_5 5 [4] 1",
      '{"a": {"b": 2.5, "c": [3], "d": 2.5}}',
      "0.5 Linear(in_features=3, out_features=2, bias=True)",
    ]);
  });
  it("by absl's flags: what is required gets a value by its name, and the report says so", async () => {
    const { report, lines } = await run(ABSL);
    assert.deepEqual(lines, ["3 8 0.1 False train", "['x', 'rest'] 2.0 True 5"]);
    const told = report.subject?.choices.map(({ what, value }) => `${what} ${value}`) ?? [];
    assert.ok(told.includes("--batch_size 8") && told.includes("--mode 'train'"), told.join());
  });
  it("by docopt", async () => {
    const { lines } = await run(DOCOPT);
    assert.deepEqual(lines, [
      "{'--rate': '0.5', '--steps': None, '--quiet': False, '--help': False, '<data-root>': 'data'}",
      "{'--rate': '2', '--steps': None, '--quiet': True, '--help': False, '<data-root>': 'here'}",
    ]);
  });
});

/** Tokens of what holds no vocabulary here, and kernels that are defined and never run. */
const TOKENS = `
import tiktoken, torch, triton
import triton.language as tl
from sentencepiece import SentencePieceProcessor
from torch.utils.cpp_extension import load

fused = load("fused", sources=["a.cpp"])

@triton.autotune(configs=[triton.Config({"BLOCK": 16}, num_warps=2)], key=["n"])
@triton.jit
def kernel(x, n, BLOCK: tl.constexpr):
    tl.store(x, n)

if __name__ == "__main__":
    e = tiktoken.get_encoding("gpt2")
    print(e.n_vocab, e.eot_token, e.encode("ab<|endoftext|>c", allowed_special={"<|endoftext|>"}), e.decode(e.encode("é!")))
    s = SentencePieceProcessor(model_file="a.model")
    print(s.vocab_size(), s.encode("ab", add_bos=True), s.decode([1, *s.encode("ab")]))
    for use in (lambda: kernel[(1,)](1, 2, BLOCK=16), lambda: fused.bias_act(1)):
        try:
            use()
        except NotImplementedError as error:
            print(error)
${STEP}
`;

describe("what files load before they train", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());

  it("tokenizers count bytes; kernels and extensions are refused where they are called", async () => {
    const report = await analyst.analyzeText("/train.py", TOKENS);
    assert.equal(report.subject?.from, "script", report.findings[0]?.message);
    assert.deepEqual(report.log.trim().split("\n"), [
      "50257 50256 [97, 98, 50256, 99] é!",
      "32000 [1, 100, 101] ab",
      "the Triton kernel kernel",
      "fused (an extension in C++).bias_act",
    ]);
    assert.deepEqual(
      report.replaced.map(({ what }) => what),
      ["extension fused", "tiktoken encoding gpt2", "SentencePiece model a.model"],
    );
  });
});
