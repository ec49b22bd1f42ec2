# Orthogonal weights with a gain of 2.5 and a ReLU: the gradient grows by 1.8 a layer.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, depth=30, width=64):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
#                                    ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.head = nn.Linear(width, 10)
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight, gain=2.5)

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.head(x)
