# Fourteen softsign layers with PyTorch's default initialisation.
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, width=96, depth=14):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
#                                   ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-vanishing]
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        for layer in self.layers:
            x = F.softsign(layer(x))
        return self.head(x)
