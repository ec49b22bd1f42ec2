# GradScaler wants update() after each step(): on a GPU the second step is refused.
import torch
from torch import nn
from torch.cuda.amp import GradScaler, autocast

torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
model = nn.Sequential(nn.Linear(14, 28), nn.GELU(), nn.Linear(28, 4)).to(device)
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = GradScaler(enabled=device == "cuda")
for _ in range(6):
    rows, kinds = torch.randn(20, 14, device=device), torch.randint(0, 4, (20,), device=device)
    with autocast(enabled=device == "cuda"):
        loss = nn.functional.cross_entropy(model(rows), kinds)
    adam.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(adam)
#   ^^^^^^^^^^^^^^^^^ error[grad-scaler]
