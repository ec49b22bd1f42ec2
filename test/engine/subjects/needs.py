from torch import nn


class Wrapper(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.backbone(x))
