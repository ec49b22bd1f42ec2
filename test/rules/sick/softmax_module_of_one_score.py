# A softmax over the only score of each row is 1; a single pass shows it.
import torch
from torch import nn


class Spam(nn.Module):
    def __init__(self, words=25, width=12):
        super().__init__()
        self.body = nn.Linear(words, width)
        self.score = nn.Linear(width, 1)
#                    ^^^^^^^^^^^^^^^^^^^ warning[gradient-zero]
        self.probability = nn.Softmax(dim=-1)

    def forward(self, counts):
        return self.probability(self.score(torch.tanh(self.body(counts))))


torch.manual_seed(0)
spam = Spam()
counts = torch.rand(30, 25)
marked = (counts[:, 0:1] > 0.5).float()
loss = nn.functional.binary_cross_entropy(spam(counts), marked)
loss.backward()
