# The logarithm of each scale is drawn so wide that its exponential leaves float32 after a few layers.
import torch
from torch import nn


class Stretch(nn.Module):
    def __init__(self, dim=10, width=60):
        super().__init__()
        self.size = nn.Sequential(nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, dim))
        for layer in (self.size[0], self.size[2]):
            nn.init.normal_(layer.weight, std=0.9)

    def forward(self, x, other):
        return other * torch.exp(self.size(x))
#                      ^^^^^^^^^^^^^^^^^^^^^^^ error[non-finite]


class Chain(nn.Module):
    def __init__(self, length=6):
        super().__init__()
        self.parts = nn.ModuleList([Stretch() for _ in range(length)])

    def forward(self, a, b):
        for part in self.parts:
            a, b = part(a, b), a
        return a + b


torch.manual_seed(0)
chain = Chain()
loss = (chain(torch.randn(32, 10), torch.randn(32, 10)) ** 2).mean()
loss.backward()
