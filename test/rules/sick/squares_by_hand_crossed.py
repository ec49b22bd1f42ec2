# A mean of squares written by hand: a column of predictions minus a row of targets is a table of every pair.
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 3)
y = 2 * x[:, 0] - x[:, 1]
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(200):
    predicted = model(x)
    loss = ((predicted - y) ** 2).mean()
#            ^^^^^^^^^^^^^ warning[loss-crossed]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
