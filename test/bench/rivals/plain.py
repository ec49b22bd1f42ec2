"""What the libraries of the web must find: plain.py FILE ENTRY INPUT prints loss and norm of the gradients at parameters, input and labels by formula."""
import json
import runpy
import sys

import numpy as np
import torch

INPUT = 1000  # as in rivals.ts


def filled(shape, number, bound):
    i = np.arange(int(np.prod(shape)), dtype=np.uint32)
    x = (i + np.uint32(number * 0x9E3779B9 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x = x ^ (x >> np.uint32(16))
    return torch.from_numpy(((x / 2.0**31 - 1) * bound).astype(np.float32)).reshape(shape)


file, entry, given = sys.argv[1:]
if "torchvision" in file:
    from torchvision.models import resnet as module

    model = getattr(module, entry)()
else:
    model = runpy.run_path(file)[entry]()
with torch.no_grad():
    for number, p in enumerate(model.parameters()):
        bound = 0.1 if p.dim() == 1 else 1 / float(np.prod(p.shape[1:])) ** 0.5
        p.copy_(filled(tuple(p.shape), number, bound))
if given.startswith("randint"):
    _, high, shape = eval(given.removeprefix("randint"))
    x = (torch.arange(int(np.prod(shape))) * 7919 % high).reshape(shape)
else:
    shape = eval(given)
    x = filled(shape, INPUT, 1)
scores = model(x)
scores = scores.reshape(-1, scores.shape[-1])
loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(scores)) * 7 % scores.shape[-1])
loss.backward()
norm = sum(float((p.grad.double() ** 2).sum()) for p in model.parameters() if p.grad is not None) ** 0.5
print(json.dumps({"loss": float(loss), "norm": norm}))
