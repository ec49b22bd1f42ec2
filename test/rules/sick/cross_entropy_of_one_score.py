# A cross-entropy over the single score of each row is 0, whatever the score.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(12, 30), nn.ReLU(), nn.Linear(30, 1))
#                                                   ^^^^^^^^^^^^^^^^ warning[gradient-zero]
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(20):
    visits = torch.randn(40, 12)
    bought = (visits[:, :3].sum(1, keepdim=True) > 0).float()
    optimizer.zero_grad()
    loss = criterion(model(visits), bought)
    loss.backward()
    optimizer.step()
