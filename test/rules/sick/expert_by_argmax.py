# The gate's choice of an expert is an index, which has no derivative: the gate learns nothing.
import torch
from torch import nn


class Experts(nn.Module):
    def __init__(self, width=24, count=3):
        super().__init__()
        self.gate = nn.Linear(width, count)
#                   ^^^^^^^^^^^^^^^^^^^^^^^ information[gradient-missing]
        self.experts = nn.ModuleList([nn.Linear(width, width) for _ in range(count)])
        self.read = nn.Linear(width, 4)

    def forward(self, x):
        chosen = torch.argmax(self.gate(x), -1)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            out[chosen == i] = expert(x[chosen == i])
        return self.read(out.relu() + x)


if __name__ == "__main__":
    print(Experts()(torch.randn(30, 24)).shape)
