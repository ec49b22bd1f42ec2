# The exponential of an unbounded log-variance is infinite.
import torch
from torch import nn


class Gaussian(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(16, 4)
        self.log_variance = nn.Linear(16, 4)
        nn.init.constant_(self.log_variance.bias, 200.0)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        spread = torch.exp(0.5 * self.log_variance(x))
#                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[non-finite]
        return self.head(self.mean(x) + spread * torch.randn(x.shape[0], 4))
