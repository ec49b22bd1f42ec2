# chainrule: UNet(), input=(6, 1, 128, 128)
import torch
import torch.nn as nn


def double(before, after):
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1), nn.Sigmoid(),
        nn.Conv2d(after, after, 3, padding=1), nn.Sigmoid(),
    )


class UNet(nn.Module):
    def __init__(self, width=4, depth=4):
        super().__init__()
        widths = [width * 2**i for i in range(depth + 1)]
        self.first = double(1, width)
        self.down = nn.ModuleList(nn.Sequential(nn.MaxPool2d(2), double(a, b)) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in zip(widths, widths[1:]))
        self.join = nn.ModuleList(double(2 * a, a) for a in widths[:-1])
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        kept = [self.first(x)]
        for down in self.down:
            kept.append(down(kept[-1]))
        x = kept.pop()
        for up, join in zip(reversed(self.up), reversed(self.join)):
            x = join(torch.cat([kept.pop(), up(x)], 1))
        return self.out(x)
