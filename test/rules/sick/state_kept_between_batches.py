# The state goes from batch to batch with its history, which the first backward() has freed.
import torch
from torch import nn

torch.manual_seed(0)
cell, read = nn.GRUCell(5, 24), nn.Linear(24, 1)
sgd = torch.optim.SGD([*cell.parameters(), *read.parameters()], lr=0.05)
state = torch.zeros(8, 24)
for _ in range(6):
    rows = torch.randn(8, 5)
    state = cell(rows, state)
    loss = (read(state).squeeze(1) - rows.sum(1)).square().mean()
    sgd.zero_grad()
    loss.backward()
#   ^^^^^^^^^^^^^^^ error[python-error]
    sgd.step()
