# kl_div takes the logarithms of the student's probabilities, and is given the probabilities.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
student = nn.Sequential(nn.Linear(18, 40), nn.ReLU(), nn.Linear(40, 6))
adam = torch.optim.Adam(student.parameters(), lr=2e-3)
for _ in range(15):
    rows = torch.randn(30, 18)
    wanted = torch.softmax(rows[:, :6] * 2, dim=-1)
    shares = student(rows).softmax(dim=-1)
    #        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-input]
    loss = F.kl_div(shares, wanted, reduction="batchmean")
    adam.zero_grad()
    loss.backward()
    adam.step()
