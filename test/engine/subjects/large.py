from torch import nn


class Tower(nn.Module):
    def __init__(self, depth=12, dim=4096):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(dim, dim) for _ in range(depth))

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x).relu()
        return x
