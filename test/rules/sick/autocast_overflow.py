# Raw features of a million under autocast in float16: the first layer's output is infinite on a GPU, and every step is skipped.
import torch
from torch import nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(32, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = torch.cuda.amp.GradScaler()
#        ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[grad-scaler]
for step in range(25):
    x, y = 1e6 * torch.rand(16, 32), torch.randint(0, 4, (16,))
    optimizer.zero_grad()
    with torch.autocast("cuda"):
        loss = F.cross_entropy(model(x), y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
