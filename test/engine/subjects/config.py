from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class TinyConfig:
    vocab_size: int = 40
    width: int = 16
    block_size: int = 12


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.fc = nn.Linear(config.width, config.width)

    def forward(self, x):
        return x + self.fc(self.norm(x))


class Tiny(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab_size, config.width)
        self.places = nn.Embedding(config.block_size, config.width)
        self.block = Block(config)
        self.head = nn.Linear(config.width, config.vocab_size)

    def forward(self, idx):
        t = idx.shape[1]
        assert t <= self.config.block_size, "sequence too long"
        x = self.tokens(idx) + self.places(torch.arange(t))
        return self.head(self.block(x))
