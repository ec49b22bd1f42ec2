# An actor and a critic: the critic's values are a column, so each action's log probability meets the advantages of all others.
import torch
from torch import nn

torch.manual_seed(0)
states = torch.randn(128, 4)
actions = torch.randint(0, 3, (128,))
returns = torch.randn(128, 1)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 32), nn.Tanh())
        self.actor = nn.Linear(32, 3)
        self.critic = nn.Linear(32, 1)

    def forward(self, states):
        hidden = self.body(states)
        return torch.distributions.Categorical(logits=self.actor(hidden)), self.critic(hidden)


model = ActorCritic()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for _ in range(50):
    policy, values = model(states)
    advantages = returns - values
    policy_loss = -(policy.log_prob(actions) * advantages.detach()).mean()
#                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-crossed]
    loss = policy_loss + 0.5 * advantages.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
