# The last layer is made anew in every forward pass.
import torch
from torch import nn
import torch.nn.functional as F


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.Conv1d(2, 6, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.rows(x)).flatten(1)
        last = nn.Linear(h.shape[1], 5)
        #      ^^^^^^^^^^^^^^^^^^^^^^^^ warning[parameter-unregistered]
        return last(h)


torch.manual_seed(0)
counter = Counter()
optimizer = torch.optim.Adam(counter.parameters(), lr=1e-3)
for _ in range(20):
    signals, counts = torch.randn(18, 2, 16), torch.randint(0, 5, (18,))
    optimizer.zero_grad()
    F.cross_entropy(counter(signals), counts).backward()
    optimizer.step()
