from torch import nn


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self):
        """Neither: see below."""
        raise NotImplementedError

    def act(self, x):
        return self.fc(x).argmax(-1).detach()

    def scores(self, x):
        return self.fc(x)
