from torch import nn


class Attend(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        if dim % (3 * heads) != 0:
            raise ValueError("dim must be divisible by 3 * heads")
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, c // self.heads).unbind(2)
        return (q * k * v).flatten(2)
