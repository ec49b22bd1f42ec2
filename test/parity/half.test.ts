/** Half precision to the bit: bfloat16 as PyTorch's CPU computes it, float16 where its CPU computes at all, numbers that do not fit. */
import assert from "node:assert/strict";
import { comparedResults } from "../support/bothSides.ts";

/** Ops whose results and gradients in bfloat16 are PyTorch's to the last bit; others differ where its CPU kernels round more than once. */
const SOURCE = `import json
import torch
from torch import nn
import torch.nn.functional as F


def r(*shape):
    return torch.randn(*shape).bfloat16()


def exact(f, *xs):
    torch.manual_seed(1)
    xs = [x.detach().requires_grad_() for x in xs]
    y = f(*xs)
    y.backward(torch.randn(y.shape).to(y.dtype))
    return [t.detach().float().reshape(-1).tolist() for t in [y, *[x.grad for x in xs]]]


def refused(f):
    try:
        return str(f().tolist())
    except RuntimeError as error:
        return str(error)


def results():
    torch.manual_seed(0)
    x, y, row = r(3, 8), r(3, 8), r(8)
    image, kernel, bias = r(2, 8, 6, 6), r(4, 8, 3, 3), r(4)
    made = {
        "add": exact(lambda a, b: a + b, x, row),
        "mul": exact(lambda a, b: a * b, x, row),
        "div": exact(lambda a, b: a / b, x, row),
        "add number": exact(lambda a: a + 1.001, x),
        "tanh": exact(torch.tanh, x),
        "sigmoid": exact(torch.sigmoid, x),
        "gelu": exact(F.gelu, x),
        "elu": exact(F.elu, x),
        "leaky_relu": exact(F.leaky_relu, x),
        "softplus": exact(F.softplus, x),
        "selu": exact(F.selu, x),
        "conv1d": exact(lambda a, b, c: F.conv1d(a, b, c, padding=1), r(2, 8, 6), r(4, 8, 3), bias),
        "conv2d": exact(lambda a, b, c: F.conv2d(a, b, c, padding=1), image, kernel, bias),
        "depthwise": exact(lambda a, b, c: F.conv2d(a, b, c, groups=8), image, r(8, 1, 3, 3), r(8)),
    }
    mask, half = torch.tensor([True, False]), torch.zeros(2).half()
    made["refused"] = {
        "masked_fill": refused(lambda: half.masked_fill(mask, -1e9)),
        "of a tensor": refused(lambda: half.masked_fill(mask, torch.tensor(-1e9))),
        "just beyond": refused(lambda: half.masked_fill(mask, -65519.0)),
        "the least": refused(lambda: half.masked_fill(mask, torch.finfo(torch.float16).min)),
        "infinity": refused(lambda: half.masked_fill(mask, float("-inf"))),
        "full": refused(lambda: torch.full((2,), -1e9, dtype=torch.float16)),
        "full_like": refused(lambda: torch.full_like(half, -1e9)),
        "new_full": refused(lambda: half.new_full((2,), 1e5)),
        "fill_": refused(lambda: half.clone().fill_(-1e9)),
        "item": refused(lambda: half.clone().__setitem__(0, -1e9)),
        "mask": refused(lambda: half.clone().__setitem__(mask, -1e9)),
        "where": refused(lambda: torch.where(mask, half, -1e9)),
        "pad": refused(lambda: F.pad(half, (1, 1), value=-1e9)),
        "bfloat16": refused(lambda: half.bfloat16().masked_fill(mask, torch.finfo(torch.float32).min)),
        "sum": refused(lambda: half + 1e9),
        "small": refused(lambda: half + 1e-12),
        "tensor": refused(lambda: torch.tensor([-1e9, 1e-9], dtype=torch.float16)),
    }
    return made


# chainrule: Net(), input=(2, 2), loss=sum
class Net(nn.Linear):
    def __init__(self):
        super().__init__(2, 2)

    def forward(self, x):
        if not x.is_meta:
            print(json.dumps(results()))
        return super().forward(x)
`;

type Results = Readonly<Record<string, unknown>>;

describe("half precision", function () {
  this.timeout(120_000);
  const results = comparedResults<Results>(SOURCE, "");

  it("in bfloat16 results and gradients are PyTorch's to the bit", () => {
    for (const [name, value] of Object.entries(results.theirs))
      if (name !== "refused") assert.deepEqual(results.ours[name], value, name);
    assert.ok(Object.keys(results.theirs).length > 12);
  });

  it("numbers beyond a half dtype are refused, or turn into 0 and infinity, as by PyTorch", () => {
    assert.deepEqual(results.ours["refused"], results.theirs["refused"]);
  });
});
