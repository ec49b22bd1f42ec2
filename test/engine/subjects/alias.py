from torch import nn


class Block(nn.Module):
    def __init__(self, width, kernel, dilation):
        super().__init__()
        self.a = nn.Conv1d(width, width, kernel, dilation=dilation[0], padding=dilation[0] * (kernel - 1) // 2)
        self.b = nn.Conv1d(width, width, kernel, dilation=dilation[1], padding=dilation[1] * (kernel - 1) // 2)

    def forward(self, x):
        return self.b(self.a(x))


class Vocoder(nn.Module):
    def __init__(self, h):
        super().__init__()
        block = Block
        self.ups = nn.ModuleList(nn.ConvTranspose1d(8, 8, 2 * u, u, u // 2) for u in h.upsample_rates)
        self.blocks = nn.ModuleList()
        for i, (k, d) in enumerate(zip(h.kernel_sizes, h.dilation_sizes)):
            self.blocks.append(block(8, k, d))

    def forward(self, x):
        for up, block in zip(self.ups, self.blocks):
            x = block(up(x))
        return x
