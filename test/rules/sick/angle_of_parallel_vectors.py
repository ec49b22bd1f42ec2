# acos of a cosine that reaches 1: its slope there is infinite.
import torch
from torch import nn


class Angles(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.embed = nn.Linear(8, dim)

    def forward(self, x):
        e = nn.functional.normalize(self.embed(x), dim=-1)
        cosine = (e @ e.T).clamp(-1, 1)
        return torch.acos(cosine)
#              ^^^^^^^^^^^^^^^^^^ error[non-finite]
