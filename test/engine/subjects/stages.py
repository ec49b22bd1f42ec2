import torch
from torch import nn


class Stages(nn.Module):
    def __init__(self, widths, repeats):
        super().__init__()
        assert len(widths) == 3, "three stages"
        layers, last = [], 3
        for width, repeat in zip(widths, repeats):
            for _ in range(repeat):
                layers.append(nn.Conv2d(last, width, 3, padding=1))
                last = width
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return self.body(x).mean((2, 3))
