# A regression that ends in a sigmoid, of targets far above 1.
import torch
from torch import nn


class Yield(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(7, 30), nn.ReLU(), nn.Linear(30, 1), nn.Sigmoid())
        #                                                                          ^^^^^^^^^^^^ warning[loss-target]

    def forward(self, x):
        return self.layers(x).squeeze(1)


torch.manual_seed(0)
model = Yield()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(20):
    fields = torch.rand(50, 7)
    tonnes = 4 + 3 * fields.sum(1)
    optimizer.zero_grad()
    nn.functional.smooth_l1_loss(model(fields), tonnes).backward()
    optimizer.step()
