# The output of a tanh is overwritten, from which its slope is computed: PyTorch refuses to go back.
import torch
from torch import nn


class Mixed(nn.Module):
    def __init__(self, width=20):
        super().__init__()
        self.one, self.other = nn.Linear(width, width), nn.Linear(width, 3)

    def forward(self, x):
        held = torch.tanh(self.one(x))
        held += x
        held.div_(2)
        return self.other(held)


torch.manual_seed(0)
model = Mixed()
sgd = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    loss = model(torch.randn(9, 20)).square().mean()
    sgd.zero_grad()
    loss.backward()
#   ^^^^^^^^^^^^^^^ error[python-error]
    sgd.step()
