# Weights in bfloat16 and a small learning rate: most updates are below half the distance to the next number.
import torch
from torch import nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(64, 128), nn.GELU(), nn.Linear(128, 10)).bfloat16()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[half-weights]
for step in range(6):
    x, y = torch.randn(32, 64).bfloat16(), torch.randint(0, 10, (32,))
    loss = F.cross_entropy(model(x).float(), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
