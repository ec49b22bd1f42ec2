import torch.nn as nn
import torch.nn.functional as F


class NormNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, padding_mode="reflect")
        self.gn = nn.GroupNorm(4, width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.inorm = nn.InstanceNorm2d(width, affine=True)
        self.conv3 = nn.Conv2d(width, width, 3, padding="same", dilation=2, groups=4)
        self.ln = nn.LayerNorm([width, 6, 6], elementwise_affine=False)
        self.lrn = nn.LocalResponseNorm(3)
        self.out = nn.Conv2d(width, 2, 1)

    def forward(self, x):
        x = F.gelu(self.gn(self.conv1(x)))
        x = F.elu(self.inorm(self.conv2(x)))
        x = F.softplus(self.ln(self.conv3(x)))
        return self.out(self.lrn(x))
