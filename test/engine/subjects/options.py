from torch import nn


class Pooled(nn.Module):
    def __init__(self, cfg, mode):
        super().__init__()
        self.mode = mode
        self.fc = nn.Linear(cfg["width"], cfg["head"]["classes"])

    def forward(self, x):
        b, t, c = x.shape
        if self.mode == "mean":
            return self.fc(x).mean(1)
        if self.mode == "max":
            return self.fc(x).amax(1)
        raise ValueError(self.mode)
