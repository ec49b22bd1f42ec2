# A language model with tied weights and nn.Embedding's default N(0, 1): the first loss is in the hundreds.
import torch
from torch import nn


class TinyLM(nn.Module):
    def __init__(self, vocab_size=200, d_model=256):
        super().__init__()
        self.wte = nn.Embedding(vocab_size, d_model)
        self.ln = nn.LayerNorm(d_model)
        self.lm_head = nn.Linear(d_model, vocab_size, bias=False)
#                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[initial-loss]
        self.lm_head.weight = self.wte.weight

    def forward(self, idx):
        return self.lm_head(self.ln(self.wte(idx)))
