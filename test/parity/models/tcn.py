import torch.nn as nn
from torch.nn.utils import weight_norm


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super(Chomp1d, self).__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, : -self.chomp_size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_in, n_out, kernel, dilation, dropout=0.2):
        super(TemporalBlock, self).__init__()
        pad = (kernel - 1) * dilation
        self.net = nn.Sequential()
        for i, inputs in enumerate((n_in, n_out)):
            conv = weight_norm(nn.Conv1d(inputs, n_out, kernel, padding=pad, dilation=dilation))
            self.net.add_module("conv%d" % i, conv)
            self.net.add_module("chomp%d" % i, Chomp1d(pad))
            self.net.add_module("relu%d" % i, nn.ReLU())
            self.net.add_module("dropout%d" % i, nn.Dropout(dropout))
            conv.weight.data.normal_(0, 0.01)
        self.downsample = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else None
        self.relu = nn.ReLU()

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(self.net(x) + res)


class TCN(nn.Module):
    def __init__(self, channels=(12, 12, 16), kernel_size=3, classes=5):
        super(TCN, self).__init__()
        blocks, previous = [], 3
        for level, width in enumerate(channels):
            blocks.append(TemporalBlock(previous, width, kernel_size, dilation=2**level))
            previous = width
        self.tcn = nn.Sequential(*blocks)
        self.linear = nn.Linear(previous, classes)

    def forward(self, inputs):
        return self.linear(self.tcn(inputs)[:, :, -1])
