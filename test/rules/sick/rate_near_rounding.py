# A rate whose steps move the weights, by a billionth of their size each.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(9, 50), nn.GELU(), nn.Linear(50, 2))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-10)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[update-too-small]
for _ in range(12):
    rows = torch.randn(60, 9)
    loss = nn.functional.cross_entropy(model(rows), (rows[:, 0] > 0).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
