from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, vocabulary=2000, width=256, layers=2):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, layers, batch_first=True)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        x, _ = self.lstm(self.tokens(tokens))
        return self.head(x)
