import torch
import torch.nn as nn


class SequenceClassifier(nn.Module):
    """cell: 'rnn', 'lstm' or 'gru'"""

    def __init__(self, cell="lstm", vocab=50, emb=16, hidden=24, layers=2, bidirectional=True, classes=4):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb, padding_idx=0)
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
        self.rnn = kind(
            emb, hidden, num_layers=layers, batch_first=True, bidirectional=bidirectional, dropout=0.3
        )
        self.cell = cell
        self.directions = 2 if bidirectional else 1
        self.fc = nn.Linear(hidden * self.directions, classes)

    def forward(self, tokens):
        output, state = self.rnn(self.embedding(tokens))
        hidden = state[0] if self.cell == "lstm" else state
        if self.directions == 2:
            hidden = torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1)
        else:
            hidden = hidden[-1]
        return self.fc(hidden)
