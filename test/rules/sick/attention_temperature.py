# A temperature of a thousandth makes the attention a hard choice.
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim=48, temperature=0.001):
        super().__init__()
        self.q = nn.Linear(dim, dim)
        self.k = nn.Linear(dim, dim)
        self.v = nn.Linear(dim, dim)
        self.temperature = temperature

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-2, -1)
        weights = torch.softmax(scores / self.temperature, dim=-1)
#                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[softmax-saturated]
        return weights @ self.v(x)
