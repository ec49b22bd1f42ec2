# The embedding is looked up by an argmax: the scorer gets no gradient.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scorer = nn.Linear(16, 12)
#                     ^^^^^^^^^^^^^^^^^ information[gradient-missing]
        self.table = nn.Embedding(12, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.table(self.scorer(x).argmax(dim=-1)))
