# Weights uniform in ±1/2, whatever the width.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, depth=20, width=64):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
#                                    ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.head = nn.Linear(width, 10)
        for layer in self.layers:
            nn.init.uniform_(layer.weight, -0.5, 0.5)

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.head(x)
