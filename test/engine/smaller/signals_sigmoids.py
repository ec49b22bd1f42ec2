# chainrule: Ecg(), input=(8, 2, 4096)
import torch.nn as nn


class Ecg(nn.Module):
    def __init__(self):
        super().__init__()
        layers, before = [], 2
        for width in (8, 16, 16, 16, 16, 16, 16, 16):
            layers += [nn.Conv1d(before, width, 7, stride=2, padding=3), nn.Sigmoid()]
            before = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(before, 5)

    def forward(self, x):
        return self.head(self.body(x).mean(-1))
