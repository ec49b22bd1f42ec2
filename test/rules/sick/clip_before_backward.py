# Gradients are clipped before backward() has computed any.
import torch
from torch import nn
from torch.nn.utils import clip_grad_value_

torch.manual_seed(3)
tower = nn.Sequential(nn.Linear(12, 48), nn.Tanh(), nn.Linear(48, 1))
sgd = torch.optim.SGD(tower.parameters(), lr=0.05)
for _ in range(25):
    rows = torch.randn(40, 12)
    error = (tower(rows).squeeze(1) - rows.abs().sum(1)).square().mean()
    sgd.zero_grad()
    clip_grad_value_(tower.parameters(), 0.1)
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-clipping]
    error.backward()
    sgd.step()
