# A logarithm of scores that may be negative.
import torch
from torch import nn


class LogLayer(nn.Module):
    def forward(self, x):
        return torch.log(x)
#              ^^^^^^^^^^^^ error[non-finite]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 10)
        self.log = LogLayer()
        self.out = nn.Linear(10, 3)

    def forward(self, x):
        return self.out(self.log(self.fc(x)))
