import torch
from torch import nn

trial = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
schedule = torch.optim.lr_scheduler.StepLR(trial, 2)
for _ in range(5):
    trial.step()
    schedule.step()

net = nn.Linear(3, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=schedule.get_last_lr()[0])
net(torch.ones(4, 3)).square().mean().backward()
optimizer.step()
