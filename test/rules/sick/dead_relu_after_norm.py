# The shift of a batch normalisation starts far below zero: the rectifier behind it is off.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.fc = nn.Linear(20, width)
        self.norm = nn.BatchNorm1d(width)
        nn.init.constant_(self.norm.bias, -4.0)
        self.act = nn.ReLU()
#                  ^^^^^^^^^ warning[units-dead]
        self.head = nn.Linear(width, 5)

    def forward(self, x):
        return self.head(self.act(self.norm(self.fc(x))))
