# A gate whose weights start thirty times too large is open or shut, and stays so.
import torch
from torch import nn


class GatedUnit(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.value = nn.Linear(dim, dim)
        self.gate = nn.Linear(dim, dim)
        self.squash = nn.Sigmoid()
#                     ^^^^^^^^^^^^ warning[activation-saturated]
        self.out = nn.Linear(dim, 3)
        nn.init.normal_(self.gate.weight, std=6.0)

    def forward(self, x):
        return self.out(self.value(x) * self.squash(self.gate(x)))
