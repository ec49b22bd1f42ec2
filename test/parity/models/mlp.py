import torch
import torch.nn as nn


class MLP(nn.Module):
    def __init__(self, in_dim=784, hidden=128, num_classes=10, p=0.2):
        super().__init__()
        self.fc1 = nn.Linear(in_dim, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, num_classes)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = self.drop(torch.relu(self.fc1(x)))
        x = self.drop(torch.relu(self.fc2(x)))
        return self.fc3(x)


if __name__ == "__main__":
    net = MLP()
    print(net)
    print(net(torch.randn(2, 1, 28, 28)).shape)
