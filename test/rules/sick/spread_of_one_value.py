# The standard deviation of a single return has no degree of freedom: 0 divided by 0.
import torch
from torch import nn

torch.manual_seed(0)
chooser = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 2))
optimizer = torch.optim.Adam(chooser.parameters(), lr=1e-3)
for _ in range(15):
    rounds = 1
    logs, gains = [], []
    for _ in range(rounds):
        odds = torch.log_softmax(chooser(torch.randn(5)), dim=0)
        side = int(torch.multinomial(odds.exp().detach(), 1))
        logs.append(odds[side])
        gains.append(float(side))
    gains = torch.tensor(gains)
    loss = -(torch.stack(logs) * (gains - gains.mean()) / gains.std()).sum()
#                                                         ^^^^^^^^^^^ error[non-finite]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
