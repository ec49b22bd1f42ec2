# The root of a rectified value: its slope at zero is infinite.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 32)
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        x = torch.relu(self.fc(x))
        return self.head(torch.sqrt(x))
#                        ^^^^^^^^^^^^^ error[non-finite]
