# A tanh recurrence unrolled by hand over sixty steps, weights at half the critical size.
import torch
from torch import nn


class Unrolled(nn.Module):
    def __init__(self, size=32):
        super().__init__()
        self.inlet = nn.Linear(8, size)
        self.step = nn.Linear(size, size)
#                   ^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        self.head = nn.Linear(size, 2)
        nn.init.orthogonal_(self.step.weight, gain=0.5)

    def forward(self, x):
        h = torch.tanh(self.inlet(x))
        for _ in range(60):
            h = torch.tanh(self.step(h))
        return self.head(h)
