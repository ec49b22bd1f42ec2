# nll_loss of a softmax: there is no logarithm.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(12, 32)
        self.two = nn.Linear(32, 5)

    def forward(self, x):
        return F.softmax(self.two(F.relu(self.one(x))), dim=1)
#              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-input]


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, labels = torch.randn(64, 12), torch.randint(0, 5, (64,))
for epoch in range(5):
    optimizer.zero_grad()
    F.nll_loss(model(inputs), labels).backward()
    optimizer.step()
