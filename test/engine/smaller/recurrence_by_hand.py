# chainrule: Counter(), input=(96, 16, 16)
import torch
import torch.nn as nn


class Counter(nn.Module):
    def __init__(self, features=16, hidden=48):
        super().__init__()
        self.inner = nn.Linear(features, hidden)
        self.again = nn.Linear(hidden, hidden, bias=False)
        nn.init.orthogonal_(self.again.weight, 1.2)
        self.head = nn.Linear(hidden, 3)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], self.again.in_features)
        for step in x:
            h = self.inner(step) + self.again(h)
        return self.head(h)
