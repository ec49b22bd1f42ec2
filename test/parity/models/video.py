import torch
import torch.nn as nn


class C3D(nn.Module):
    def __init__(self, num_classes=6):
        super().__init__()
        self.features = nn.Sequential()
        for i, (a, b, pool) in enumerate([(3, 8, (1, 2, 2)), (8, 12, (2, 2, 2)), (12, 16, (2, 2, 2))]):
            self.features.add_module(f"conv{i}", nn.Conv3d(a, b, kernel_size=3, padding=1))
            self.features.add_module(f"bn{i}", nn.BatchNorm3d(b))
            self.features.add_module(f"relu{i}", nn.ReLU(inplace=True))
            self.features.add_module(f"pool{i}", nn.MaxPool3d(pool, stride=pool))
        self.head = nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(16, num_classes))

    def forward(self, x):
        return self.head(self.features(x))
