# Positions drawn sixty times as large as what they are added to: the tokens are lost in them.
import torch
from torch import nn


class Sorter(nn.Module):
#     ^^^^^^ warning[init-gain]
    def __init__(self, length=20, features=9, width=56):
        super().__init__()
        self.place = nn.Parameter(torch.randn(length, width) * 40)
        self.token = nn.Linear(features, width)
        layer = nn.TransformerEncoderLayer(width, 4, 112, dropout=0.0, batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, 3, norm=nn.LayerNorm(width))
        self.rank = nn.Linear(width, 7)

    def forward(self, items):
        return self.rank(self.body(self.token(items) + self.place).mean(1))


if __name__ == "__main__":
    print(Sorter()(torch.randn(16, 20, 9)).shape)
