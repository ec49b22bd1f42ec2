# The loss stops at the variance of the targets: a column of predictions meets a row of targets.
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 3)
y = 2 * x[:, 0] - x[:, 1]
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(200):
    predicted = model(x)
    loss = criterion(predicted, y)
#          ^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-crossed]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
