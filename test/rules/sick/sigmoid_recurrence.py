# A recurrence with a sigmoid, unrolled over twenty steps.
import torch
from torch import nn


class Unrolled(nn.Module):
    def __init__(self, size=32):
        super().__init__()
        self.inlet = nn.Linear(8, size)
        self.step = nn.Linear(size, size)
        self.head = nn.Linear(size, 4)

    def forward(self, x):
        h = torch.sigmoid(self.inlet(x))
        for _ in range(20):
            h = torch.sigmoid(self.step(h))
#               ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        return self.head(h)
