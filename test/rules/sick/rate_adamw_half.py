# AdamW with a learning rate of a half.
import torch
from torch import nn
import torch.nn.functional as F


torch.manual_seed(0)
inputs, targets = torch.randn(96, 20), torch.randint(0, 3, (96,))
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.5)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[update-too-large]
for step in range(20):
    loss = F.cross_entropy(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
