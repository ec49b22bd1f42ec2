# A recurrence written by hand whose hidden weights double what they are given, beside layers that halve it.
import torch
from torch import nn


class Counter(nn.Module):
    def __init__(self, given=6, held=40):
        super().__init__()
        self.enter = nn.Linear(given, held)
        self.keep = nn.Linear(held, held)
#                   ^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        self.tell = nn.Linear(held, 2)
        nn.init.orthogonal_(self.keep.weight, gain=2.6)

    def forward(self, x):
        held, told = torch.zeros(len(x), self.keep.in_features), []
        for t in range(x.shape[1]):
            held = torch.relu(self.enter(x[:, t]) + self.keep(held))
            told.append(self.tell(held))
        return torch.stack(told, 1)


if __name__ == "__main__":
    print(Counter()(torch.randn(12, 60, 6)).shape)
