# Xavier initialisation under ReLU: half of the squares are lost in each of forty layers.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, depth=40, width=64):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)
        for layer in self.layers:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
#               ^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        return self.head(x)
