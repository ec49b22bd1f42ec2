# A policy's log-probabilities are copied into a new tensor, which knows nothing of the policy.
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 4))
optimizer = torch.optim.Adam(policy.parameters(), lr=5e-3)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[weights-unchanged]
for episode in range(30):
    logs, rewards = [], []
    for _ in range(12):
        choice = Categorical(logits=policy(torch.randn(3)))
        action = choice.sample()
        logs.append(choice.log_prob(action))
        rewards.append(float(action == 2))
    chances = torch.tensor(logs, requires_grad=True)
    loss = -(chances * torch.tensor(rewards)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
