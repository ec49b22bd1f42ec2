# chainrule: Classifier(), input=(128, 16, 32)
import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, features=32, hidden=64):
        super().__init__()
        self.gru = nn.GRU(features, hidden, num_layers=2)
        self.head = nn.Linear(hidden, 5)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[-1])
