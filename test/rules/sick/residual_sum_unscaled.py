# Residual branches of full size add up over forty blocks: the signal doubles in each.
import torch
from torch import nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.one = nn.Linear(width, width)
#                  ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.two = nn.Linear(width, width)
        for layer in (self.one, self.two):
            nn.init.kaiming_normal_(layer.weight)

    def forward(self, x):
        return x + self.two(F.relu(self.one(x)))


class Net(nn.Module):
    def __init__(self, depth=40, width=64):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.blocks(x))
