# Binary cross-entropy written by hand, with labels of shape [N] and probabilities of shape [N, 1].
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 5)
labels = (x[:, 0] > 0).float()
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for _ in range(100):
    p = model(x)
    loss = -(labels * torch.log(p + 1e-7) + (1 - labels) * torch.log(1 - p + 1e-7)).mean()
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-crossed]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
