# Scores of any size in a loss of probabilities: PyTorch refuses.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
judge = nn.Sequential(nn.Linear(11, 33), nn.ReLU(), nn.Linear(33, 1))
sgd = torch.optim.SGD(judge.parameters(), lr=0.1)
for _ in range(10):
    rows = torch.randn(50, 11)
    loss = F.binary_cross_entropy(judge(rows).squeeze(1), (rows.sum(1) > 0).float())
    #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[loss-input]
    sgd.zero_grad()
    loss.backward()
    sgd.step()
