import torch
from torch import nn, einsum


class PreNorm(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fn = fn

    def forward(self, x, **kwargs):
        return self.fn(self.norm(x), **kwargs) + x


class Attention(nn.Module):
    def __init__(self, dim, heads=4, dim_head=8, dropout=0.0):
        super().__init__()
        inner = heads * dim_head
        self.h = heads
        self.scale = dim_head**-0.5
        self.to_qkv = nn.Linear(dim, inner * 3, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, dim), nn.Dropout(dropout))
        self.bias = nn.Parameter(torch.zeros(heads, 1, 1))

    def forward(self, x, mask=None):
        b, n, _ = x.shape
        q, k, v = (t.reshape(b, n, self.h, -1).permute(0, 2, 1, 3) for t in self.to_qkv(x).chunk(3, dim=-1))
        dots = einsum("b h i d, b h j d -> b h i j", q, k) * self.scale + self.bias * torch.eye(n, dtype=x.dtype)
        if mask is not None:
            dots.masked_fill_(~mask[:, None, None, :], -torch.finfo(dots.dtype).max)
        attn = dots.softmax(dim=-1)
        out = torch.einsum("bhij,bhjd->bihd", attn, v).flatten(2)
        return self.to_out(out)


class Net(nn.Module):
    def __init__(self, dim=24, depth=3, classes=5):
        super().__init__()
        ff = lambda: nn.Sequential(nn.Linear(dim, dim * 2), nn.GELU(), nn.Dropout(0.1), nn.Linear(dim * 2, dim))
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            self.layers.append(nn.ModuleList([PreNorm(dim, Attention(dim)), PreNorm(dim, ff())]))
        self.to_logits = nn.Linear(dim, classes)

    def forward(self, x):
        mask = torch.ones(x.shape[:2], dtype=torch.bool)
        mask[:, -2:] = False
        for attn, ff in self.layers:
            x = ff(attn(x, mask=mask))
        return self.to_logits(x.mean(dim=1))
