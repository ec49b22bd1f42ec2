from torch import nn


class Wrapper(nn.Module):
    """Its net comes from another file: what is read of it says which class."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.head = nn.Linear(net.out_width, 3)

    def forward(self, x):
        return self.head(self.net(x))
