# A bias of −10, meant as a prior on a sparse code, turns the hidden layer off.
from torch import nn


class SparseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(20, 80)
        self.act = nn.ReLU()
#                  ^^^^^^^^^ warning[units-dead]
        self.out = nn.Linear(80, 4)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
        self.hidden.bias.data.fill_(-3.5)

    def forward(self, x):
        return self.out(self.act(self.hidden(x)))
