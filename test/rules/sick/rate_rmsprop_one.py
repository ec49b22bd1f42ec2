# RMSprop with a learning rate of 1.
import torch
from torch import nn
import torch.nn.functional as F


torch.manual_seed(0)
inputs, targets = torch.randn(96, 20), torch.randint(0, 3, (96,))
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1.0)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[update-too-large]
for step in range(20):
    loss = F.cross_entropy(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
