# The pooled branch of a segmentation head normalises maps of one pixel, and the script trains on three images at a time.
import torch
from torch import nn
import torch.nn.functional as F


class Head(nn.Module):
    def __init__(self, width=16, classes=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.squeeze = nn.Conv2d(width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(num_features=width)
#                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[batch-norm-few]
        self.out = nn.Conv2d(2 * width, classes, 1)

    def forward(self, x):
        x = self.stem(x)
        whole = F.relu(self.norm(self.squeeze(self.pool(x))))
        return self.out(torch.cat([x, whole.expand(-1, -1, *x.shape[-2:])], dim=1))


torch.manual_seed(0)
model = Head()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    images, labels = torch.randn(3, 3, 16, 16), torch.randint(0, 4, (3, 16, 16))
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
