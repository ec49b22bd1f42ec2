"""Tensors of classes of their own: one that only keeps a name, one that asks before each function."""
import torch
from torch import nn


class Image(torch.Tensor):
    """Keeps its class through arithmetic."""


class Counted(torch.Tensor):
    """Counts the functions that it goes through."""

    calls = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.calls.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 5)

    def forward(self, x):
        Counted.calls.clear()
        y = self.stem(x.as_subclass(Image))
        weight = 2.0 if type(y) is Image and type(y.mean()) is Image else 1.0
        z = torch.relu(y * weight).mean((2, 3)).as_subclass(Counted)
        z = self.head(torch.cat([z[:, :2], 1 - z[:, 2:]], 1) / 2)
        return z * sum(name in ("cat", "div", "__rsub__", "linear") for name in Counted.calls)
