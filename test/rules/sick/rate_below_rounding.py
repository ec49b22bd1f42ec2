# A learning rate so small that float32 weights do not move.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
inputs = torch.randn(96, 20)
targets = torch.randint(0, 3, (96,))
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-12)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[weights-unchanged]
for step in range(20):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
