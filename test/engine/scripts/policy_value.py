import torch
from torch import nn

torch.manual_seed(3)
policy, value = nn.Linear(4, 3), nn.Linear(4, 1)
opt_p = torch.optim.Adam(policy.parameters(), lr=1e-3)
opt_v = torch.optim.Adam(value.parameters(), lr=1e-3)
observations, actions = torch.randn(16, 4), torch.randint(0, 3, (16,))
for _ in range(40):
    opt_p.zero_grad()
    nn.functional.cross_entropy(policy(observations), actions).backward()
    opt_p.step()
for _ in range(40):
    opt_v.zero_grad()
    value(observations).pow(2).mean().backward()
    opt_v.step()
