# A ReLU on the last layer, before a cross-entropy.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(12, 32)
        self.two = nn.Linear(32, 5)

    def forward(self, x):
        x = F.relu(self.one(x))
        return F.relu(self.two(x))
#              ^^^^^^^^^^^^^^^^^^^ warning[loss-input]


model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, labels = torch.randn(64, 12), torch.randint(0, 5, (64,))
for epoch in range(5):
    optimizer.zero_grad()
    criterion(model(inputs), labels).backward()
    optimizer.step()
