# The old log-probability keeps its history: the ratio's two gradients cancel.
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
player = nn.Sequential(nn.Linear(7, 40), nn.Tanh(), nn.Linear(40, 4))
#                                                   ^^^^^^^^^^^^^^^^ warning[gradient-zero]
optimizer = torch.optim.Adam(player.parameters(), lr=1e-3)
for _ in range(20):
    boards, gains = torch.randn(50, 7), torch.randn(50)
    moves = Categorical(logits=player(boards))
    chosen = moves.log_prob(moves.sample())
    before = chosen
    surprise = chosen - before
    loss = -(surprise.exp() * gains).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
