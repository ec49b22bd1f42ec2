"""Draws of the random generator, to the bit: expressions and layers built after one seed."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init

SHOWN = 3


def exact(x):
    """Elements as they are: float32 to the bit; float64 as decimals, since C libraries differ in its last digits."""
    values = x.reshape(-1).tolist()
    wide = x.dtype == torch.float64
    return [repr(v) if wide else float(v).hex() for v in values]


def shown(x):
    x = x.detach()
    said = {"is": f"{x.dtype} {list(x.shape)}", "first": exact(x.reshape(-1)[:SHOWN])}
    said["sum"] = repr(math.fsum(x.double().reshape(-1).tolist()))
    return said


def describe(value):
    if isinstance(value, nn.Module):
        return {name: shown(x) for name, x in value.state_dict().items()}
    if isinstance(value, (list, tuple)):
        return [describe(x) for x in value]
    return shown(value) if torch.is_tensor(value) else value


def evaluate(texts):
    """{text: {"value", "next"} or {"error"}}; `next` is the generator's following integer."""
    found = {}
    for text in texts:
        torch.manual_seed(2147483647 + len(text))
        try:
            value = eval(text, {"torch": torch, "nn": nn, "F": F, "init": init})
            found[text] = {"value": describe(value), "next": torch.randint(0, 2**31, (1,)).item()}
        except Exception as error:
            found[text] = {"error": f"{type(error).__name__}: {error}"}
    return found
