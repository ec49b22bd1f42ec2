# An MLP whose activations were forgotten: three matrices are one.
from torch import nn


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 50)
        self.fc2 = nn.Linear(50, 50)
#                  ^^^^^^^^^^^^^^^^^ information[activation-missing]
        self.fc3 = nn.Linear(50, 3)
#                  ^^^^^^^^^^^^^^^^ information[activation-missing]

    def forward(self, x):
        return self.fc3(self.fc2(self.fc1(x)))
