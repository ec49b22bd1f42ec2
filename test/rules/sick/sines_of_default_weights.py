# Each layer multiplies the slope by 25 cos: PyTorch's default weights are too large for that.
import torch
from torch import nn


class Waves(nn.Module):
    def __init__(self, width=90, depth=7, frequency=25.0):
        super().__init__()
        self.frequency = frequency
        self.first = nn.Linear(3, width)
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
#                                    ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.last = nn.Linear(width, 1)

    def forward(self, points):
        h = torch.sin(self.frequency * self.first(points))
        for layer in self.layers:
            h = torch.sin(self.frequency * layer(h))
        return self.last(h)
