"""A spectral mixer: a learned filter on the half spectrum of an image, and the strongest periods of a series."""
import torch
from torch import nn


class GlobalFilter(nn.Module):
    def __init__(self, dim, height, width):
        super().__init__()
        self.complex_weight = nn.Parameter(torch.randn(height, width // 2 + 1, dim, 2) * 0.02)

    def forward(self, x):
        _, h, w, _ = x.shape
        spectrum = torch.fft.rfft2(x, dim=(1, 2), norm="ortho")
        spectrum = spectrum * torch.view_as_complex(self.complex_weight)
        return torch.fft.irfft2(spectrum, s=(h, w), dim=(1, 2), norm="ortho")


class Correlation(nn.Module):
    """Attention by the series' own correlation with its shifts."""

    def __init__(self, dim):
        super().__init__()
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        q, k = self.query(x).transpose(1, 2), self.key(x).transpose(1, 2)
        product = torch.fft.rfft(q, dim=-1) * torch.conj(torch.fft.rfft(k, dim=-1))
        return torch.fft.irfft(product, n=x.shape[1], dim=-1).transpose(1, 2)


class FourierNet(nn.Module):
    def __init__(self, dim=6, classes=5):
        super().__init__()
        self.stem = nn.Conv2d(3, dim, 4, stride=4)
        self.filter = GlobalFilter(dim, 7, 6)
        self.norm = nn.LayerNorm(dim)
        self.correlation = Correlation(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, image):
        x = self.stem(image).permute(0, 2, 3, 1)
        x = x + self.filter(self.norm(x))
        series = x.flatten(1, 2)
        series = series + self.correlation(series)
        strength = torch.fft.fft(series, dim=1).abs().mean(1)
        phase = torch.complex(series.cos(), series.sin()) * 1j
        turned = torch.view_as_real(phase.sum(1) / (1 + 2j)).sum(-1)
        return self.head(series.mean(1) + strength + turned)
