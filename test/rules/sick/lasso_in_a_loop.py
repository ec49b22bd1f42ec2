# An L1 penalty gathered parameter by parameter, with a factor of one tenth for each of some hundred thousand weights.
import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 256), torch.randn(64, 1)
model = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(50):
    loss = nn.functional.mse_loss(model(x), y)
    for p in model.parameters():
        loss += 0.1 * p.abs().sum()
#               ^^^^^^^^^^^^^^^^^^^ warning[loss-term]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
