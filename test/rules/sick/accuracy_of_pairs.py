# The accuracy is above one: a column of decisions is compared with a row of labels.
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 5)
labels = (x[:, 0] > 0).float()
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(100):
    scores = model(x)
    loss = criterion(scores, labels.reshape(-1, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decided = (scores > 0).float()
    correct = (decided == labels).sum().item()
#              ^^^^^^^^^^^^^^^^^ warning[loss-crossed]
    print(correct / len(labels))
