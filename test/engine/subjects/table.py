"""A table of places that loops fill element by element, once per model that is tried."""
import numpy as np
import torch
from torch import nn


class Placed(nn.Module):
    def __init__(self, vocab_size, seq_len=120, width=128):
        super().__init__()
        self.words = nn.Embedding(vocab_size, width)
        self.places = nn.Embedding.from_pretrained(torch.FloatTensor(self.table(seq_len, width)), freeze=True)

    @staticmethod
    def table(rows, width):
        table = np.zeros((rows, width))
        for row in range(rows):
            for i in range(width):
                table[row, i] = np.sin(row / np.power(10000, i / width))
        return table

    def forward(self, tokens):
        return self.words(tokens) + self.places(torch.arange(tokens.size(1)))
