"""Inverted residuals with squeeze-and-excite and depthwise convolutions."""
import torch
from torch import nn


class SqueezeExcite(nn.Module):
    def __init__(self, ch, ratio=4):
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.excite = nn.Sequential(
            nn.Conv2d(ch, ch // ratio, 1), nn.ReLU(), nn.Conv2d(ch // ratio, ch, 1), nn.Hardsigmoid()
        )

    def forward(self, x):
        return x * self.excite(self.squeeze(x))


class InvertedResidual(nn.Module):
    def __init__(self, inp, out, stride, expand, se=True, act=nn.Hardswish):
        super().__init__()
        hidden = inp * expand
        self.use_res = stride == 1 and inp == out
        layers = [
            nn.Conv2d(inp, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            act(inplace=True),
            nn.Conv2d(hidden, hidden, 5, stride, 2, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            SqueezeExcite(hidden) if se else nn.Identity(),
            act(inplace=True),
            nn.Conv2d(hidden, out, 1, bias=False),
            nn.BatchNorm2d(out),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_res else self.conv(x)


class MobileNet(nn.Module):
    cfg = [(8, 1, 2, True), (8, 1, 2, False), (12, 2, 3, True), (12, 1, 3, True)]

    def __init__(self, classes=7):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.SiLU())
        ch, body = 8, []
        for out, stride, expand, se in self.cfg:
            body.append(InvertedResidual(ch, out, stride, expand, se, nn.Hardswish if se else nn.ReLU6))
            ch = out
        self.body = nn.Sequential(*body)
        self.head = nn.Linear(ch, classes)

    def forward(self, x):
        return self.head(self.body(self.stem(x)).mean([2, 3]))
