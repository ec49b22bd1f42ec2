import torch
import torch.nn as nn


class Pool(nn.Module):
    """Attention over time; where the mask is true nothing is seen."""

    def __init__(self, width=16):
        super().__init__()
        self.score = nn.Linear(width, 1)
        self.out = nn.Linear(width, 10)

    def forward(self, frames, mask):
        rows, steps, _ = frames.shape
        scores = self.score(frames).view(rows, steps).masked_fill(mask.bool(), float("-inf"))
        return self.out((torch.softmax(scores, 1).unsqueeze(-1) * frames).sum(1))
