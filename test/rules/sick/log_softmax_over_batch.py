# The log-softmax goes over the batch, not over the classes.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(14, 26), nn.ReLU(), nn.Linear(26, 6), nn.LogSoftmax(dim=0))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for _ in range(20):
    rows, kinds = torch.randn(54, 14), torch.randint(0, 6, (54,))
    optimizer.zero_grad()
    loss = F.nll_loss(model(rows), kinds)
    #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-input]
    loss.backward()
    optimizer.step()
