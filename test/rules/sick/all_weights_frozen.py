# The new head is frozen together with what it was put on: no weight asks for a gradient.
import torch
from torch import nn

torch.manual_seed(0)
body = nn.Sequential(nn.Linear(10, 20), nn.ReLU())
model = nn.Sequential(body, nn.Linear(20, 2))
model.requires_grad_(False)
sgd = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    loss = nn.functional.cross_entropy(model(torch.randn(16, 10)), torch.randint(0, 2, (16,)))
    sgd.zero_grad()
    loss.backward()
#   ^^^^^^^^^^^^^^^ error[python-error]
    sgd.step()
