# Loss does not fall: sixteen sigmoid layers, the first ones never move.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self, num_features=40, hidden=100, num_classes=10, depth=16):
        super().__init__()
        sizes = [num_features] + [hidden] * depth
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])
        self.out = nn.Linear(hidden, num_classes)

    def forward(self, x):
        for layer in self.layers:
            x = F.sigmoid(layer(x))
#               ^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        return self.out(x)
