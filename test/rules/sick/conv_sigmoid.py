# A convolutional network with sigmoids, as in the nineties, but twelve layers deep.
import torch
from torch import nn


def block(channels_in, channels_out):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1),
        nn.Sigmoid(),
#       ^^^^^^^^^^^^ warning[gradient-vanishing]
    )


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = block(3, 16)
        self.body = nn.Sequential(*[block(16, 16) for _ in range(10)])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.pool(self.body(self.stem(x)))
        return self.fc(torch.flatten(x, 1))
