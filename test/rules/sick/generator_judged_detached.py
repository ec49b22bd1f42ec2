# The generator's loss is taken of the detached sample that the critic was trained on.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
maker = nn.Sequential(nn.Linear(5, 30), nn.ReLU(), nn.Linear(30, 8))
critic = nn.Sequential(nn.Linear(8, 30), nn.ReLU(), nn.Linear(30, 1))
for_maker = torch.optim.Adam(maker.parameters(), lr=1e-3)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[weights-unchanged]
for_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
for _ in range(20):
    real, made = torch.randn(32, 8) + 2, maker(torch.randn(32, 5)).detach()
    for_critic.zero_grad()
    (F.softplus(-critic(real)).mean() + F.softplus(critic(made)).mean()).backward()
    for_critic.step()
    for_maker.zero_grad()
    F.softplus(-critic(made)).mean().backward()
    for_maker.step()
