"""Triplets of a batch are found by plain loops: with its own batch size a step takes minutes."""
import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(512, 6), torch.arange(512) % 3)
loader = DataLoader(data, batch_size=256, shuffle=True)
model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for x, y in loader:
    labels, hardest = y.tolist(), []
    for a, p, n in itertools.product(range(len(x)), repeat=3):
        if labels[a] == labels[p] != labels[n] and n == (a + p) % len(x):
            hardest.append((a, p, n))
    anchors, positives, negatives = torch.tensor(hardest).T
    out = model(x)
    loss = nn.functional.triplet_margin_loss(out[anchors], out[positives], out[negatives]) + out.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    break
