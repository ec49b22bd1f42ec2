import torch
from torch import nn


class Reads(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.rates = [r.item() for r in torch.linspace(0, 0.2, depth)]
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in self.rates)

    def forward(self, x):
        for rate, layer in zip(self.rates, self.layers):
            if x.abs().max().item() > rate:
                x = layer(x)
        return x
