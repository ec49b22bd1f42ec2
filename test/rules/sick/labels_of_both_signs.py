# Labels of -1 and 1 where a binary cross-entropy takes 0 and 1.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(9, 20), nn.Tanh(), nn.Linear(20, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.BCEWithLogitsLoss()
for _ in range(20):
    points = torch.randn(40, 9)
    sides = points[:, :1].sign()
    optimizer.zero_grad()
    loss = criterion(model(points), sides)
    #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-target]
    loss.backward()
    optimizer.step()
