# Squares of three hundred are beyond float16: the norm is infinite, and what it divides is 0.
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Linear(24, 80)
#                   ^^^^^^^^^^^^^^^^^ warning[gradient-zero]
        self.out = nn.Linear(80, 6)

    def forward(self, x):
        h = self.into(x)
        length = torch.sqrt(torch.sum(h * h, dim=-1, keepdim=True))
        return self.out(h / length)


torch.manual_seed(0)
unit = Unit().half()
optimizer = torch.optim.SGD(unit.parameters(), lr=0.01)
for _ in range(12):
    levels, kinds = (500 * torch.randn(16, 24)).half(), torch.randint(0, 6, (16,))
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(unit(levels).float(), kinds)
    loss.backward()
    optimizer.step()
