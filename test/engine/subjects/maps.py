import torch.nn as nn
import torch.nn.functional as F


class Merge(nn.Module):
    """Maps of several sizes become one of the largest's."""

    def __init__(self, stage_channels, width=8):
        super().__init__()
        self.lateral = nn.ModuleList([nn.Conv2d(c, width, 1) for c in stage_channels])

    def forward(self, *maps):
        top = self.lateral[-1](maps[-1])
        for layer, below in zip(self.lateral[-2::-1], maps[-2::-1]):
            top = F.interpolate(top, scale_factor=2) + layer(below)
        return top
