import torch
import torch.nn as nn


class SiameseNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(1, 4, kernel_size=3),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(4),
            nn.ReflectionPad2d(1),
            nn.Conv2d(4, 8, kernel_size=3),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(8),
        )
        self.fc = nn.Sequential(nn.Linear(8 * 14 * 14, 64), nn.ReLU(inplace=True), nn.Linear(64, 5))

    def forward_once(self, x):
        out = self.cnn(x)
        return self.fc(out.view(out.size()[0], -1))

    def forward(self, a, b, label):
        out1, out2 = self.forward_once(a), self.forward_once(b)
        distance = nn.functional.pairwise_distance(out1, out2, keepdim=True)
        margin = torch.clamp(2.0 - distance, min=0.0)
        return torch.mean((1 - label) * torch.pow(distance, 2) + label * torch.pow(margin, 2))
