# Products of queries and keys of unit entries over 200 channels, undivided, over eight tokens.
import torch
from torch import nn


class Eight(nn.Module):
    def __init__(self, width=200):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.ask, self.offer, self.give = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.read = nn.Linear(width, 6)
        for layer in (self.ask, self.offer, self.give):
            nn.init.orthogonal_(layer.weight)

    def forward(self, tokens):
        tokens = self.norm(tokens)
        scores = torch.matmul(self.ask(tokens), self.offer(tokens).transpose(1, 2))
        shares = torch.softmax(scores, -1)
        #        ^^^^^^^^^^^^^^^^^^^^^^^^^ warning[softmax-saturated]
        return self.read(tokens + torch.matmul(shares, self.give(tokens)))


if __name__ == "__main__":
    print(Eight()(torch.randn(20, 8, 200)).shape)
