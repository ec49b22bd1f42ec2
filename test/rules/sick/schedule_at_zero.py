# Whole epochs over ten are 0 for the first ten: the schedule keeps the rate there.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(9, 28), nn.ReLU(), nn.Linear(28, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[weights-unchanged]
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: min(epoch // 40, 1))
for epoch in range(60):
    x = torch.randn(30, 9)
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), x[:, :3].argmax(1))
    loss.backward()
    optimizer.step()
    schedule.step()
