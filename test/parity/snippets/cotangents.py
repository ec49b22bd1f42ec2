"""Gradients of expressions where what comes back is infinite or NaN: a rule that selects keeps them out, one that multiplies does not."""
import math

import torch
import torch.nn.functional as F

POINTS = [-7.0, -6.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 7.0]


def evaluate(texts):
    """{text: for ∞, −∞, NaN as cotangent: its elements as texts}."""
    found = {}
    for text in texts:
        found[text] = []
        for cotangent in (math.inf, -math.inf, math.nan):
            torch.manual_seed(0)
            x = torch.tensor(POINTS, requires_grad=True)
            y = eval(text, {"torch": torch, "F": F, "x": x})
            (gradient,) = torch.autograd.grad(y, x, torch.full_like(y, cotangent))
            found[text].append([str(v) for v in gradient.tolist()])
    return found
