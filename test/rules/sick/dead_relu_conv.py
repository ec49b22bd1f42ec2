# The convolution's bias was set for inputs in 0..255, but they are normalised.
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3)
        self.conv2 = nn.Conv2d(16, 16, 3)
        self.fc = nn.Linear(16, 10)
        nn.init.constant_(self.conv1.bias, -2.0)

    def forward(self, x):
        x = F.relu(self.conv1(x))
#           ^^^^^^^^^^^^^^^^^^^^^ warning[units-dead]
        x = F.relu(self.conv2(x))
        return self.fc(x.mean((2, 3)))
