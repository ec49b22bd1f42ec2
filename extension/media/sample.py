"""Digits by a deep, plain network: an example for Chainrule.

Run "Chainrule: Analyze Gradients" from the command palette (F1), or click the lens above the class.
"""

import torch
from torch import nn


class DeepMLP(nn.Module):
    """Twelve hidden layers of the default initialisation, with a sigmoid after each."""

    def __init__(self, depth: int = 12, width: int = 128, classes: int = 10):
        super().__init__()
        self.inlet = nn.Linear(784, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.outlet = nn.Linear(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.sigmoid(self.inlet(x.flatten(1)))
        for layer in self.hidden:
            x = torch.sigmoid(layer(x))
        return self.outlet(x)


if __name__ == "__main__":
    model = DeepMLP()
    print(model(torch.randn(32, 1, 28, 28)).shape)
