# A weight that is a plain tensor with requires_grad: no optimizer is given it.
import torch
from torch import nn


class Scaled(nn.Module):
#     ^^^^^^ warning[parameter-unregistered]
    def __init__(self, width=16):
        super().__init__()
        self.scale = torch.ones(width, requires_grad=True)
        self.fc = nn.Linear(width, 4)

    def forward(self, x):
        return self.fc(x * self.scale)
