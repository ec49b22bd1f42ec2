from torch import nn


class PlainNet(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.fc = nn.Linear(in_features, 8)

    def forward(self, x):
        return self.fc(x)


class WideNetwork(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.out_width = 24
        self.fc = nn.Linear(in_features, self.out_width)

    def forward(self, x):
        return self.fc(x)
