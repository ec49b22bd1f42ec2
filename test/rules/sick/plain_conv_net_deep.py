# Twenty-four convolutions with ReLU, default initialisation, no skip and no normalisation.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, depth=24, width=16):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.layers = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(depth)])
#                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.head(x.mean((2, 3)))
