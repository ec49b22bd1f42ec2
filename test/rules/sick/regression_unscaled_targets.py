# Regression on targets in the thousands with SGD at 0.1: the loss is NaN within a few steps.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
inputs = torch.randn(96, 20)
targets = torch.randint(0, 3, (96,))
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-diverges]
prices = 3000 + 500 * torch.randn(96)
for step in range(20):
    optimizer.zero_grad()
    loss = F.mse_loss(model(inputs).squeeze(1), prices)
    loss.backward()
    optimizer.step()
