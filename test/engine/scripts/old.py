import torch
from torch import nn, optim

model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = optim.Adam(model.parameters(), lr=1e-3)
total = 0
for i in range(3):
    optimizer.zero_grad()
    loss = (model(torch.randn(16, 4)) ** 2).mean()
    loss.backward()
    total += loss.data[0]
    optimizer.step()
