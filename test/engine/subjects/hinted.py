from torch import nn


class Hinted(nn.Module):
    def __init__(self, scale, planes):
        super().__init__()
        self.convs = nn.Sequential(*[nn.Conv2d(planes, planes, 3, padding=1) for _ in range(scale["depth"])])

    def forward(self, x):
        return self.convs(x)


# net = Hinted({"depth": 3}, planes=5)
# net.eval()
