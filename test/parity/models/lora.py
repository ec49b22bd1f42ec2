import math
from functools import partial

import torch
from torch import nn


class LoRALayer(nn.Module):
    def __init__(self, linear, rank=4, alpha=8):
        super().__init__()
        self.linear = linear
        self.linear.requires_grad_(False)
        self.A = nn.Parameter(torch.empty(linear.in_features, rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.B = nn.Parameter(torch.zeros(rank, linear.out_features))
        self.scaling = alpha / rank

    def forward(self, x):
        return self.linear(x) + self.scaling * (x @ self.A @ self.B)


class Net(nn.Module):
    def __init__(self, rank=4):
        super().__init__()
        wrap = partial(LoRALayer, rank=rank)
        self.layers = nn.Sequential(nn.Linear(10, 20), nn.Mish(), nn.Linear(20, 20), nn.SELU(), nn.Linear(20, 3))
        for name, child in list(self.layers.named_children()):
            if isinstance(child, nn.Linear):
                setattr(self.layers, name, wrap(child))

    def forward(self, x):
        return self.layers(x)
