# The label is given as the prediction, and the prediction as the label.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(11, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(20):
    rows = torch.randn(36, 11)
    labels = (rows[:, :1] > 0).float()
    optimizer.zero_grad()
    loss = F.binary_cross_entropy(labels, model(rows))
    #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-target]
    loss.backward()
    optimizer.step()
