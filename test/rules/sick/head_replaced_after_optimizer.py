# The optimizer was made of the old head, which is replaced afterwards.
import torch
from torch import nn
import torch.nn.functional as F


class Tagger(nn.Module):
    def __init__(self, tags):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head = nn.Linear(32, tags)

    def forward(self, x):
        return self.head(self.body(x))


torch.manual_seed(0)
tagger = Tagger(tags=9)
tagger.body.requires_grad_(False)
optimizer = torch.optim.SGD(tagger.head.parameters(), lr=0.05)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[weights-unchanged]
tagger.head = nn.Linear(32, 3)
for _ in range(25):
    words, tags = torch.randn(24, 10), torch.randint(0, 3, (24,))
    optimizer.zero_grad()
    F.cross_entropy(tagger(words), tags).backward()
    optimizer.step()
