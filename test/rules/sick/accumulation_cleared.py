# Gradients of four micro-batches are to be accumulated, and each one clears those before it.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()

for i in range(80):
    x, y = torch.randn(16, 20), torch.randint(0, 4, (16,))
    optimizer.zero_grad()
    loss = criterion(model(x), y) / 4
    loss.backward()
#   ^^^^^^^^^^^^^^^ warning[gradient-accumulation]
    if (i + 1) % 4 == 0:
        optimizer.step()
