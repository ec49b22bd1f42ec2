# Messages of all neighbours are added up, layer after layer, and never divided by their number.
import torch
from torch import nn


class Messages(nn.Module):
    def __init__(self, width=32, depth=5):
        super().__init__()
        self.steps = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.read = nn.Linear(width, 3)
        for step in self.steps:
            nn.init.kaiming_normal_(step.weight, nonlinearity="relu")

    def forward(self, nodes, edges):
        for step in self.steps:
            nodes = torch.mm(edges, step(nodes)).relu()
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        return self.read(nodes)


if __name__ == "__main__":
    torch.manual_seed(0)
    edges = (torch.rand(120, 120) < 0.25).float()
    scores = Messages()(torch.randn(120, 32), edges)
    nn.functional.cross_entropy(scores, torch.randint(0, 3, (120,))).backward()
