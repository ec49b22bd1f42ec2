import torch
from torch import nn


class GatedFold(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, 2 * dim)

    def forward(self, x):
        a, b = self.proj(x).chunk(2, -1)
        return (a * b)[:, ::2]


class Reversible(nn.Module):
    def __init__(self, f, g):
        super().__init__()
        self.f = f
        self.g = g

    def forward(self, x):
        a, b = x.chunk(2, dim=0)
        y = a + self.f(b)
        return torch.cat([y, b + self.g(y)], dim=0)
