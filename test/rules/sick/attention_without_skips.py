# Attention upon attention without a way past it: after three layers all tokens are the same.
import torch
from torch import nn


class Attend(nn.Module):
    def __init__(self, d, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[signal-collapse]

    def forward(self, x):
        h = self.norm(x)
        return self.attn(h, h, h, need_weights=False)[0]


class Net(nn.Module):
    def __init__(self, d=64, depth=24):
        super().__init__()
        self.embed = nn.Linear(16, d)
        self.blocks = nn.ModuleList([Attend(d) for _ in range(depth)])
        self.head = nn.Linear(d, 10)

    def forward(self, x):
        x = self.embed(x)
        for b in self.blocks:
            x = b(x)
        return self.head(x)

if __name__ == "__main__":
    print(Net()(torch.randn(8, 16, 16)).shape)
