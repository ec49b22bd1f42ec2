# chainrule: Net(), input=(8, 3, 128, 128)
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for width in (8, 16, 16, 16):
            conv = nn.Conv2d(before, width, 3, stride=2, padding=1)
            nn.init.constant_(conv.bias, -2.0)
            layers += [conv, nn.ReLU()]
            before = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(before, 10)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))
