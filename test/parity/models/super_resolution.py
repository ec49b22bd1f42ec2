import torch
import torch.nn as nn
import torch.nn.init as init
from torch.nn.utils import spectral_norm


class Net(nn.Module):
    def __init__(self, upscale_factor=2):
        super(Net, self).__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 16, (5, 5), (1, 1), (2, 2))
        self.conv2 = spectral_norm(nn.Conv2d(16, 12, (3, 3), (1, 1), (1, 1)))
        self.conv3 = nn.Conv2d(12, upscale_factor**2, (3, 3), (1, 1), (1, 1))
        self.pixel_shuffle = nn.PixelShuffle(upscale_factor)
        self._initialize_weights()

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        return self.pixel_shuffle(self.conv3(x))

    def _initialize_weights(self):
        init.orthogonal_(self.conv1.weight, init.calculate_gain("relu"))
        init.orthogonal_(self.conv3.weight)
