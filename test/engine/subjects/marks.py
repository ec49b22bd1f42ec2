"""Scores of a sequence's marks: annotations tell integers and a pair, messages the number of axes."""
from typing import Tuple

import torch
from torch import nn


class Marks(nn.Module):
    def __init__(self, num_tags: int, bounds: Tuple[float, float]):
        super().__init__()
        low, high = bounds
        self.num_tags = num_tags
        self.start = nn.Parameter(torch.linspace(low, high + 1, num_tags))

    def forward(self, emissions: torch.Tensor, tags: torch.LongTensor):
        if emissions.dim() != 3:
            raise ValueError(f"emissions must have dimension of 3, got {emissions.dim()}")
        if emissions.size(2) != self.num_tags:
            raise ValueError(f"expected last dimension of emissions is {self.num_tags}, got {emissions.size(2)}")
        if tags.shape != emissions.shape[:2]:
            raise ValueError(f"the first two dimensions must match, got {tuple(emissions.shape[:2])} and {tuple(tags.shape)}")
        return (emissions.gather(2, tags.unsqueeze(2)).sum() + self.start[tags[:, 0]].sum()).neg()
