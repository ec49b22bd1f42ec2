import torch
from torch import nn


class GatedResidual(nn.Module):
    def __init__(self, ch, dilation):
        super().__init__()
        self.filter = nn.Conv1d(ch, ch, 2, dilation=dilation)
        self.gate = nn.Conv1d(ch, ch, 2, dilation=dilation)
        self.res, self.skip = nn.Conv1d(ch, ch, 1), nn.Conv1d(ch, ch, 1)
        self.pad = nn.ConstantPad1d((dilation, 0), 0.0)

    def forward(self, x):
        p = self.pad(x)
        z = torch.tanh(self.filter(p)) * torch.sigmoid(self.gate(p))
        return x + self.res(z), self.skip(z)


class WaveNet(nn.Module):
    def __init__(self, classes=32, ch=16, dilations=(1, 2, 4, 8), stacks=2):
        super().__init__()
        self.embed = nn.Embedding(classes, ch)
        self.layers = nn.ModuleList([GatedResidual(ch, d) for _ in range(stacks) for d in dilations])
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(ch, ch, 1), nn.ReLU(), nn.Conv1d(ch, classes, 1))

    def forward(self, tokens):
        x = self.embed(tokens).transpose(1, 2)
        skips = []
        for layer in self.layers:
            x, s = layer(x)
            skips.append(s)
        return self.post(sum(skips)).transpose(1, 2)
