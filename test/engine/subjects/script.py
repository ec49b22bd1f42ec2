import torch
from torch import nn

x = torch.linspace(-1, 1, 20).unsqueeze(1)
net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(1000000):
    loss = ((net(x) - x**2) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
