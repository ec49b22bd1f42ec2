"""Evaluates tables of expressions the same way under PyTorch and under Chainrule; answers are plain JSON."""
import math

import torch
import torch.nn as nn
import torch.distributions
import torch.nn.functional as F
import torch.nn.utils.parametrizations
import torch.nn.utils.prune
import torch.optim.swa_utils
import torchvision.ops


def fixed(shape, low, high, salt):
    """Distinct float64 values between low and high, the same on every machine."""
    count = math.prod(shape)
    values = [low + (high - low) * ((i * 7919 + salt * 104729 + 31) % 1009) / 1009 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


FLOATS = {
    "x": ((3, 4), -2, 2),
    "y": ((3, 4), -2, 2),
    "p": ((3, 4), 0.2, 3),
    "q": ((3, 4), 0.2, 3),
    "u": ((3, 4), -0.9, 0.9),
    "h": ((3, 4), 0.05, 0.95),
    "v": ((4,), -2, 2),
    "w": ((4,), -2, 2),
    "m": ((4, 5), -2, 2),
    "s": ((3, 3), -1, 1),
    "b": ((2, 3, 4), -2, 2),
    "c": ((2, 4, 5), -2, 2),
    "img": ((2, 4, 7, 6), -2, 2),
    "seq": ((2, 4, 9), -2, 2),
    "vol": ((1, 2, 4, 5, 6), -2, 2),
    "k1": ((6, 4, 3), -1, 1),
    "k2": ((6, 4, 3, 2), -1, 1),
    "k2g": ((6, 2, 3, 3), -1, 1),
    "k2t": ((4, 3, 3, 2), -1, 1),
    "k1t": ((4, 3, 3), -1, 1),
    "k3": ((3, 2, 2, 3, 3), -1, 1),
    "k3t": ((2, 3, 2, 2, 2), -1, 1),
    "e": ((6, 4), -2, 2),
    "logits": ((5, 6), -2, 2),
    "spatial": ((2, 3, 2, 4), -2, 2),
    "qh": ((2, 2, 5, 4), -1, 1),
    "kh": ((2, 2, 6, 4), -1, 1),
    "vh": ((2, 2, 6, 3), -1, 1),
}


def others():
    """What is not differentiated."""
    return {
        "ids": torch.tensor([[0, 5, 2], [2, 1, 0]]),
        "col": torch.tensor([[0, 3, 1, 1], [2, 0, 0, 3], [3, 3, 2, 0]]),
        "row": torch.tensor([[0, 2, 1, 1], [2, 0, 0, 1], [1, 1, 2, 0]]),
        "i": torch.tensor([2, 0, 2]),
        "target": torch.tensor([1, 5, 0, 0, 3]),
        "target2": torch.tensor([[1, 2, 0, 0], [2, 0, 1, 1]]).reshape(2, 2, 2),
        "mask": torch.tensor([[True, False, True, False], [False, False, True, True], [True, True, True, False]]),
        "sign": torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64),
        "n": torch.tensor([[5, -3, 7], [2, -8, 4]]),
        "o": torch.tensor([[2, 2, -3], [-5, 3, 1]]),
        "t": torch.tensor,
        "f64": torch.float64,
    }


def names_of(code):
    found = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            found |= names_of(constant)
    return found


def tensors(value):
    if torch.is_tensor(value):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in tensors(item)]
    return []


def plain(value):
    if torch.is_tensor(value):
        return {"shape": list(value.shape), "dtype": str(value.dtype), "data": flat(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return repr(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


SHOWN = 6


def flat(x):
    """Numbers as text, since JSON has no NaN; of many, the first ones and two sums in which each counts differently."""
    x = x.detach().clone()  # PyTorch's zeros may have no memory of their own
    values = x.reshape(-1).tolist()
    if len(values) > 2 * SHOWN:
        ordered = x.to(torch.float64)
        sums = [(ordered * fixed(x.shape, low, high, 5)).sum().item() for low, high in [(0.5, 1.5), (-1, 1)]]
        values = values[:SHOWN] + sums
    return [repr(v) if isinstance(v, float) else v for v in values]


def probe(x):
    """A loss whose gradient differs at every element."""
    weights = fixed(x.shape, 0.5, 1.5, 3)
    return (x * weights).sum()


def penalty_gradients(first, wanted):
    """Gradients of a penalty on gradients; None where there is none or it is zero but for rounding, which formulas mix freely."""
    kept = [g for g in first if g is not None and g.requires_grad]
    if not kept:
        return [None for _ in wanted]
    second = torch.autograd.grad(sum(probe(g * g) for g in kept), wanted, allow_unused=True)
    return [None if g is None or g.abs().max() < 1e-12 else flat(g) for g in second]


def run(text):
    """The value of an expression, its gradients, and the gradients of a penalty on these where they can be had."""
    code = compile(text, text, "eval")
    used = names_of(code)
    names = {"torch": torch, "torchvision": torchvision, "nn": nn, "F": F, "D": torch.distributions, "math": math, **others()}
    leaves = {}
    for index, (name, (shape, low, high)) in enumerate(FLOATS.items()):
        if name in used:
            names[name] = leaves[name] = fixed(shape, low, high, index + 1).requires_grad_()
    torch.manual_seed(0)
    value = eval(code, names)
    said = {"value": plain(value)}
    ends = [x for x in tensors(value) if x.requires_grad and x.dtype == torch.float64]
    if not ends:
        return said
    parameters = [p for thing in names.values() if isinstance(thing, nn.Module) for p in thing.parameters()]
    wanted = [*leaves.values(), *parameters]
    loss = sum(probe(x) for x in ends)
    first = torch.autograd.grad(loss, wanted, create_graph=True, allow_unused=True)
    said["grads"] = [None if g is None else flat(g) for g in first]
    try:
        said["second"] = penalty_gradients(first, wanted)
    except RuntimeError as error:
        said["refused"] = str(error)
    return said


def evaluate(texts):
    """{text: {"value", "grads", "second" or "refused"} or {"error"}}"""
    torch.set_default_dtype(torch.float64)
    found = {}
    for text in texts:
        try:
            found[text] = run(text)
        except Exception as error:
            found[text] = {"error": f"{type(error).__name__}: {error}"}
    return found
