# Weights of unit variance in a shallow network: the first hidden values are 28 times the inputs.
import torch
from torch import nn


# chainrule: Regressor(), input=(32, 784)
class Regressor(nn.Module):
    def __init__(self, inputs=784, hidden=128):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
#                     ^^^^^^^^^^^^^^^^^^^^^^^^^ warning[init-gain]
        self.out = nn.Linear(hidden, 1)
        nn.init.normal_(self.hidden.weight)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))
