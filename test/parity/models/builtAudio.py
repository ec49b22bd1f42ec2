"""What torchaudio's builders give, made ready to be differentiated as a whole."""
import torch
import torchaudio as package
from torch import nn


class Pretraining(nn.Module):
    """HuBERT's objective: the true label is class 0 of each frame's logits; plus the penalty on large features."""

    def __init__(self, build, **kwargs):
        super().__init__()
        self.model = build(**kwargs)

    def forward(self, waveforms, labels):
        masked, unmasked, penalty = self.model(waveforms, labels)
        losses = [nn.functional.cross_entropy(x, torch.zeros(len(x), dtype=torch.int64)) for x in (masked, unmasked)]
        return losses[0] + losses[1] + penalty
