# Bytes from 0 to 255 go into the network as they are.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24 * 10 * 10, 48), nn.ReLU(), nn.Linear(48, 3)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-diverges]
for _ in range(20):
    scans, labels = torch.randint(0, 256, (24, 3, 48, 48)).float(), torch.randint(0, 3, (24,))
    optimizer.zero_grad()
    F.cross_entropy(model(scans), labels).backward()
    optimizer.step()
