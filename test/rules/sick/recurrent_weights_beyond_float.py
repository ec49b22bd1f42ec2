# Recurrent weights so large that the state leaves float32, which a square only makes plain.
import torch
from torch import nn


class Waves(nn.Module):
    def __init__(self, held=48):
        super().__init__()
        self.state = nn.RNN(4, held, nonlinearity="relu", batch_first=True)
        self.read = nn.Linear(held, 1)
        for weight in self.state.parameters():
            nn.init.uniform_(weight, -1.5, 1.5)

    def forward(self, waves):
        states, _ = self.state(waves)
        return self.read(states[:, -1])


torch.manual_seed(2)
model = Waves()
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(8):
    waves = torch.randn(10, 45, 4)
    loss = (model(waves) - waves.sum((1, 2))[:, None]).square().mean()
    #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[non-finite]
    adam.zero_grad()
    loss.backward()
    adam.step()
