# An autoencoder with a sigmoid after each of its ten layers.
import torch
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self, sizes=(96, 80, 64, 48, 32, 24, 32, 48, 64, 80, 96)):
        super().__init__()
        layers = []
        for into, out in zip(sizes, sizes[1:]):
            layers += [nn.Linear(into, out), nn.Sigmoid()]
#                                            ^^^^^^^^^^^^ warning[gradient-vanishing]
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return self.body(x)
