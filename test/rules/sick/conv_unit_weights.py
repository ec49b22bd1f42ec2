# Convolution kernels drawn with std 1 and no normalisation.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(
            [nn.Conv2d(3 if i == 0 else 8, 8, 3, padding=1) for i in range(6)]
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
        )
        self.fc = nn.Linear(8, 10)
        for conv in self.convs:
            nn.init.normal_(conv.weight, 0, 1)

    def forward(self, x):
        for conv in self.convs:
            x = torch.relu(conv(x))
        return self.fc(x.mean(dim=(2, 3)))
