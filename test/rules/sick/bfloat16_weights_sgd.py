# Weights in bfloat16 stepped by plain SGD at a small rate: the updates are lost in them.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(32, 64)
        self.two = nn.Linear(64, 5)

    def forward(self, x):
        return self.two(F.relu(self.one(x)))


model = Net().to(torch.bfloat16)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[half-weights]
for step in range(6):
    x, y = torch.randn(64, 32).to(torch.bfloat16), torch.randint(0, 5, (64,))
    loss = F.cross_entropy(model(x).float(), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
