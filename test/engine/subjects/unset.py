from dataclasses import dataclass

from torch import nn


@dataclass
class Sizes:
    dim: int = 64
    vocab_size: int = -1  # set when the words are counted


class Tagger(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.table = nn.Embedding(sizes.vocab_size, sizes.dim)
        self.fc = nn.Linear(sizes.dim, 4)

    def forward(self, ids):
        return self.fc(self.table(ids))
