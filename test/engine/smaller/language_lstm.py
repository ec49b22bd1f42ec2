# chainrule: Language(), input=torch.randint(0, 1000, (16, 128))
import torch
import torch.nn as nn


class Language(nn.Module):
    def __init__(self, vocab=1000, dim=64, hidden=128):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(hidden, vocab)

    def forward(self, tokens):
        out, _ = self.lstm(self.embed(tokens))
        return self.head(out)
