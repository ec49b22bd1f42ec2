import torch
from torch import nn


class Pair(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.args = args
        self.table = nn.Embedding(args.n_vocab, args.d_embed)
        self.fc = nn.Linear(2 * args.d_embed, 3)

    def forward(self, batch):
        a, b = self.table(batch.premise).mean(1), self.table(batch.hypothesis).mean(1)
        return self.fc(torch.cat([a, b], 1))
