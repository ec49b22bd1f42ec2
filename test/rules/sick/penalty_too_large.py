# The sum of all squared weights joins the loss undivided: the weights shrink, whatever the data are.
import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(128, 20), torch.randint(0, 4, (128,))
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
weight = 1.0

for epoch in range(50):
    penalty = sum(p.pow(2).sum() for p in model.parameters())
    loss = criterion(model(x), y) + weight * penalty
#                                   ^^^^^^^^^^^^^^^^ warning[loss-term]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
