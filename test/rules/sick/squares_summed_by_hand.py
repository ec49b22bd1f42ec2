# The squared errors are summed over five hundred rows by hand, at the learning rate of a mean.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-diverges]
x = torch.randn(506, 13)
y = x @ torch.randn(13, 1)
for epoch in range(100):
    prediction = model(x)
    loss = ((prediction - y) ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
