import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        self.table = nn.Parameter(torch.ones(rows, columns))

    def forward(self, x):
        return (x * self.table).sum(-1)


def test():
    rows = 5
    net = Gate(rows, columns=7)
    x = torch.randn(6, rows, 7)
    print(net(x).shape)
