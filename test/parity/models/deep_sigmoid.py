import torch.nn as nn


def make_net(depth=12, width=64, inputs=32, classes=5):
    layers = [nn.Linear(inputs, width), nn.Sigmoid()]
    for _ in range(depth - 2):
        layers += [nn.Linear(width, width), nn.Sigmoid()]
    layers.append(nn.Linear(width, classes))
    return nn.Sequential(*layers)
