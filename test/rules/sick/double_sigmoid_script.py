# A sigmoid before BCEWithLogitsLoss, which has one itself.
import torch
from torch import nn


model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
#                                                                     ^^^^^^^^^^^^ warning[softmax-twice]
loss_function = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
inputs, labels = torch.randn(64, 12), torch.randint(0, 2, (64, 1)).float()
for epoch in range(5):
    optimizer.zero_grad()
    loss_function(model(inputs), labels).backward()
    optimizer.step()
