import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x)


if __name__ == "__main__":
    count = 0
    while True:
        try:
            count += 1
        except Exception:
            pass
    Net()(torch.randn(3, 4)).sum().backward()
