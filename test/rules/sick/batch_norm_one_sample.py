# A batch of one state: a batch normalisation has nothing to average over, and PyTorch refuses.
import torch
from torch import nn


class Value(nn.Module):
    def __init__(self, width=40):
        super().__init__()
        self.enter = nn.Linear(7, width)
        self.norm = nn.BatchNorm1d(width)
#                   ^^^^^^^^^^^^^^^^^^^^^ error[batch-norm-few]
        self.tell = nn.Linear(width, 1)

    def forward(self, state):
        return self.tell(self.norm(self.enter(state)).relu())


torch.manual_seed(0)
value = Value()
adam = torch.optim.Adam(value.parameters(), lr=1e-3)
for _ in range(5):
    loss = (value(torch.randn(1, 7)) - 1).square().mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
