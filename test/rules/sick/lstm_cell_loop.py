# Two hundred steps of an LSTMCell, its forget gate left at a bias of 0: what the first steps saw is forgotten.
import torch
from torch import nn


# chainrule: Reader(), input=(200, 4, 8)
class Reader(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.width = width
        self.cell = nn.LSTMCell(8, width)
#                   ^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        self.head = nn.Linear(width, 3)
        nn.init.xavier_uniform_(self.head.weight)

    def forward(self, x):
        h = c = torch.zeros(x.shape[1], self.width)
        for step in x:
            h, c = self.cell(step, (h, c))
        return self.head(h)
