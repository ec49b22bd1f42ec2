# The gradients of 256 passes are added up in bfloat16: the sum soon has no digits left for one more of them.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 1)).bfloat16()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
inputs = torch.randn(256, 4, 20)
targets = inputs.mean(2, keepdim=True) + 3

for epoch in range(20):
    for x, y in zip(inputs, targets):
        output = model(x.bfloat16())
        loss = nn.functional.mse_loss(output.float(), y) / 256
        loss.backward()
#       ^^^^^^^^^^^^^^^ warning[gradient-accumulation]
    optimizer.step()
    optimizer.zero_grad()
