# The loss stops at 1.5 and falls no further: probabilities go into CrossEntropyLoss.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return F.softmax(self.fc2(x), dim=1)
#              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[softmax-twice]


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
x = torch.randn(64, 10)
y = torch.randint(0, 4, (64,))
for epoch in range(100):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
