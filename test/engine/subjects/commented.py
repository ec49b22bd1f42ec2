"""A net whose use is only shown.

>>> net = Shown(6, rows=3)
>>> x = torch.randn(4, 3, 6)
>>> y = net(x)
"""
import torch
from torch import nn


class Shown(nn.Module):
    def __init__(self, columns, rows):
        super().__init__()
        self.fc = nn.Linear(columns * rows, 5)

    def forward(self, x):
        return self.fc(x.flatten(1))


# Other sizes go as well:
# net = Shown(columns=7, rows=2)
# print(net)
