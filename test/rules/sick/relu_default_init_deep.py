# PyTorch's default initialisation under ReLU: each layer passes about 0.41, forty of them nothing.
from torch import nn


class DeepReLU(nn.Module):
    def __init__(self, width=128, depth=40):
        super().__init__()
        layers = []
        for _ in range(depth):
            layers += [nn.Linear(width, width), nn.ReLU()]
#                      ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.body(x))
