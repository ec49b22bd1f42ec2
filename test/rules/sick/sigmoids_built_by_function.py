# A function builds twenty sigmoid layers; no class has a constructor to initialise them in.
import torch
from torch import nn
import torch.nn.functional as F


def build(depth=20):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(64, 64), nn.Sigmoid()]
#                                     ^^^^^^^^^^^^ warning[gradient-vanishing]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def train():
    model = build().to("cpu")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs, labels = torch.randn(32, 64), torch.randint(0, 10, (32,))
    for step in range(100):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()


train()
