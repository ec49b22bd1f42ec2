# Layers made in bfloat16: their small updates are lost in the weights' rounding.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(24, 48, dtype=torch.bfloat16), nn.Tanh(), nn.Linear(48, 6, dtype=torch.bfloat16))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[half-weights]
for _ in range(20):
    readings = torch.randn(50, 24, dtype=torch.bfloat16)
    kinds = torch.randint(0, 6, (50,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(readings).float(), kinds).backward()
    optimizer.step()
