# StepLR's step_size counts epochs, and the schedule is stepped at every batch.
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(640, 20), torch.randint(0, 4, (640,)))
loader = DataLoader(data, batch_size=16, shuffle=True)
model = nn.Sequential(nn.Linear(20, 48), nn.ReLU(), nn.Linear(48, 4))
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)


def train(epochs):
    for epoch in range(epochs):
        for points, kinds in loader:
            optimizer.zero_grad()
            loss = criterion(model(points), kinds)
            loss.backward()
            optimizer.step()
            scheduler.step()
#           ^^^^^^^^^^^^^^^^ warning[rate-schedule]
        print(epoch, loss.item())


train(25)
