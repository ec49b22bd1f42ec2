# An eps of 1e-8 is 0 in float16: a row of zeros is divided by 0.
import torch
from torch import nn
import torch.nn.functional as F


class UnitRows(nn.Module):
    def forward(self, x):
        length = x.pow(2).sum(-1, keepdim=True)
        return x / (length + 1e-8)
#                   ^^^^^^^^^^^^^ warning[half-constant]


model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), UnitRows(), nn.Linear(32, 4)).half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(5):
    x = torch.randn(32, 16).half()
    loss = F.cross_entropy(model(x).float(), torch.randint(0, 4, (32,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
