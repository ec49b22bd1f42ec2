# The optimizer holds body and old head; the new head is put in afterwards, so the body alone is trained.
import torch
from torch import nn
import torch.nn.functional as F


class Sorter(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(3, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 12, 20))
        self.head = nn.Linear(20, 1000)

    def forward(self, x):
        return self.head(F.relu(self.body(x)))


torch.manual_seed(0)
sorter = Sorter()
optimizer = torch.optim.Adam(sorter.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
sorter.head = nn.Linear(20, 7)
#             ^^^^^^^^^^^^^^^^ warning[parameter-unregistered]
for _ in range(20):
    waves, kinds = torch.randn(28, 3, 16), torch.randint(0, 7, (28,))
    optimizer.zero_grad()
    criterion(sorter(waves), kinds).backward()
    optimizer.step()
