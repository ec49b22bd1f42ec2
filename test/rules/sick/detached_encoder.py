# The encoder's output was detached while debugging and never attached again.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(16, 32)
#                      ^^^^^^^^^^^^^^^^^ information[gradient-missing]
        self.decoder = nn.Linear(32, 4)

    def forward(self, x):
        h = torch.relu(self.encoder(x)).detach()
        return self.decoder(h)
