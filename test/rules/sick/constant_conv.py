# Convolutions and head start from one constant.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3),
#           ^^^^^^^^^^^^^^^^^^ warning[weights-constant]
            nn.ReLU(),
            nn.Conv2d(8, 8, 3),
            nn.ReLU(),
        )
        self.fc = nn.Linear(8, 10)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.constant_(p, 0.02)

    def forward(self, x):
        x = self.features(x)
        return self.fc(x.mean((2, 3)))
