# nn.init.normal_ with its default std of 1: every layer multiplies by √width.
from torch import nn


class Net(nn.Module):
    def __init__(self, width=64, depth=6):
        super().__init__()
        self.body = nn.Sequential()
        for i in range(depth):
            self.body.append(nn.Linear(width, width))
#                            ^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-exploding]
            self.body.append(nn.ReLU())
        self.head = nn.Linear(width, 10)
        for module in self.body:
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight)

    def forward(self, x):
        return self.head(self.body(x))
