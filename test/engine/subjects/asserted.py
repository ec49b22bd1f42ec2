from torch import nn


class Net(nn.Module):
    def __init__(self, input_size):
        super().__init__()
        assert input_size[0] in [48, 96], "input_size should be [48, 48] or [96, 96]"
        self.conv = nn.Conv2d(3, 4, 3, 4, 1)
        self.fc = nn.Linear(4 * (input_size[0] // 4) ** 2, 5)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))
