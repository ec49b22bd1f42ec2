import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        side = config.data.image_size
        down = [nn.Sequential(nn.Conv2d(3, 3, 3, 2, 1), nn.BatchNorm2d(3)) for _ in range(6)]
        self.features = nn.Sequential(*down, nn.Conv2d(3, config.model.width, 2))
        with torch.no_grad():
            n = self.features(torch.zeros(2, 3, side, side)).flatten(1).shape[1]
        self.fc = nn.Linear(n, 4)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))
