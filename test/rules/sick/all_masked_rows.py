# Every key of a row is masked with −inf: the softmax gives NaN.
import torch
from torch import nn


class Masked(nn.Module):
    def __init__(self, d=16):
        super().__init__()
        self.q = nn.Linear(d, d)
        self.k = nn.Linear(d, d)
        self.v = nn.Linear(d, d)

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-2, -1) / 4
        mask = torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool).triu()
        scores = scores.masked_fill(mask, float("-inf"))
        weights = torch.softmax(scores, dim=-1)
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[non-finite]
        return weights @ self.v(x)
