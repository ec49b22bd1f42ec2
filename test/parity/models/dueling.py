import torch
import torch.nn as nn
import torch.nn.functional as F


class DuelingDQN(nn.Module):
    def __init__(self, n_state=6, n_action=4, hidden=32):
        super().__init__()
        self.body = nn.Linear(n_state, hidden)
        self.value = nn.Linear(hidden, 1)
        self.advantage = nn.Linear(hidden, n_action)
        self.target = nn.Linear(n_state, n_action)
        for p in self.target.parameters():
            p.requires_grad = False

    def q(self, s):
        h = F.relu(self.body(s))
        a = self.advantage(h)
        return self.value(h) + a - a.mean(dim=1, keepdim=True)

    def forward(self, s, action, reward, next_s, gamma=0.98):
        q_a = self.q(s).gather(1, action)
        with torch.no_grad():
            best = self.target(next_s).max(1)[0].unsqueeze(1)
        return F.smooth_l1_loss(q_a, reward + gamma * best)
