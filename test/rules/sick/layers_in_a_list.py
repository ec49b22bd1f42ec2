# Layers in a plain list: parameters() does not give them, and the optimizer trains the head alone.
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, width=32, depth=3):
        super().__init__()
        self.hidden = []
        for _ in range(depth):
            self.hidden.append(nn.Linear(width, width))
#                              ^^^^^^^^^^^^^^^^^^^^^^^ warning[parameter-unregistered]
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.head(x)


if __name__ == "__main__":
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(10):
        loss = F.cross_entropy(net(torch.randn(16, 32)), torch.randint(0, 4, (16,)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
