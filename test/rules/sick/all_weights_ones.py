# Ones everywhere "for reproducibility".
from torch import nn


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.ones_(m.weight)
        nn.init.zeros_(m.bias)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 12)
#                  ^^^^^^^^^^^^^^^^ warning[weights-constant]
        self.fc2 = nn.Linear(12, 3)
        self.apply(init_weights)

    def forward(self, x):
        return self.fc2(self.fc1(x).tanh())
