# Sigmoid outputs into cross_entropy: a habit from binary classification.
import torch
from torch import nn
from torch.nn import functional as F


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 6), nn.Sigmoid())
#                                                                                   ^^^^^^^^^^^^ warning[softmax-twice]

    def forward(self, x):
        return self.layers(x)


if __name__ == "__main__":
    model = Scorer()
    opt = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(10):
        out = model(torch.randn(32, 12))
        loss = F.cross_entropy(out, torch.randint(0, 6, (32,)))
        opt.zero_grad()
        loss.backward()
        opt.step()
