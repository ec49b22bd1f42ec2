# Gradients are clipped when the optimizer has already used them.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.GRU(6, 20, batch_first=True)
read = nn.Linear(20, 1)
parameters = [*model.parameters(), *read.parameters()]
optimizer = torch.optim.SGD(parameters, lr=0.02)
for _ in range(30):
    series = torch.randn(16, 25, 6)
    states, _ = model(series)
    loss = (read(states[:, -1]).squeeze(1) - series.sum((1, 2))).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    nn.utils.clip_grad_norm_(parameters, 1.0)
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[gradient-clipping]
