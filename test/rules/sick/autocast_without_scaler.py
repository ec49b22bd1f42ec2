# Autocast in float16 without a GradScaler: small gradients become 0.
import torch
from torch import nn

model = nn.Sequential(nn.Linear(64, 256), nn.Tanh(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 64))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[grad-scaler]
for step in range(8):
    x = 0.01 * torch.randn(512, 64)
    with torch.autocast("cuda", dtype=torch.float16):
        loss = ((model(x) - x) ** 2).mean() * 0.1
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
