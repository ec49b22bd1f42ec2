# torch.rand_like as an initialisation: all weights positive, the mean alone multiplies by width / 2.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=50):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(4)])
#                                    ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.head = nn.Linear(width, 5)
        for layer in self.layers:
            layer.weight.data = torch.rand_like(layer.weight)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)
