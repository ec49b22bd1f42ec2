# Weights drawn with std 0.01: every layer passes a tenth of its signal.
import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self, in_dim=16, width=64):
        super().__init__()
        self.inlet = nn.Linear(in_dim, width)
        self.body = nn.ModuleList()
        for _ in range(8):
            self.body.append(nn.Linear(width, width))
#                            ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        self.outlet = nn.Linear(width, 1)
        for layer in self.body:
            nn.init.normal_(layer.weight, std=0.01)

    def forward(self, x):
        x = torch.tanh(self.inlet(x))
        for layer in self.body:
            x = torch.tanh(layer(x))
        return self.outlet(x)
