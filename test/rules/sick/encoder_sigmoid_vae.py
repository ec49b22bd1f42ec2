# The encoder of an autoencoder with a sigmoid after every layer.
import torch
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self, input_dim=64):
        super().__init__()
        sizes = [input_dim, 60, 56, 52, 48, 44, 40]
        steps = []
        for a, b in zip(sizes, sizes[1:]):
            steps.append(nn.Linear(a, b))
            steps.append(nn.Sigmoid())
#                        ^^^^^^^^^^^^ warning[gradient-vanishing]
        for a, b in zip(sizes[::-1], sizes[::-1][1:]):
            steps.append(nn.Linear(a, b))
            steps.append(nn.Sigmoid())
#                        ^^^^^^^^^^^^ warning[gradient-vanishing]
        self.net = nn.Sequential(*steps)

    def forward(self, x):
        return self.net(x)
