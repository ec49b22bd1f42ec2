# A recurrence whose matrix stretches by 1.5, sixty times.
import torch
from torch import nn


class Unrolled(nn.Module):
    def __init__(self, size=32):
        super().__init__()
        self.inlet = nn.Linear(8, size)
        self.step = nn.Linear(size, size)
#                   ^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.head = nn.Linear(size, 2)
        nn.init.orthogonal_(self.step.weight, gain=1.5)

    def forward(self, x):
        h = self.inlet(x)
        for _ in range(60):
            h = self.step(h)
        return self.head(h)
