# The root of scaled rectified values: 0 times its infinite slope at zero is NaN, the scale's gradient.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 32)
        self.scale = nn.Parameter(torch.ones(32))
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        energy = self.scale * torch.relu(self.fc(x))
        return self.head(torch.sqrt(energy))
#                        ^^^^^^^^^^^^^^^^^^ error[non-finite]
