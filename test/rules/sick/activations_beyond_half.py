# Feature sums of a million overflow in float16.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(64, 64)
#                      ^^^^^^^^^^^^^^^^^ warning[float16-overflow]
        self.norm = nn.LayerNorm(64)
        self.head = nn.Linear(64, 5)

    def forward(self, x):
        return self.head(self.norm(self.project(3e5 * x)))
