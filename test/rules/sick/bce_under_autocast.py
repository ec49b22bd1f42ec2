# BCELoss under autocast: PyTorch refuses it in half precision.
import torch
from torch import nn

model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.cuda.amp.GradScaler()
for step in range(5):
    x, y = torch.randn(16, 20), torch.randint(0, 2, (16, 1)).float()
    optimizer.zero_grad()
    with torch.cuda.amp.autocast():
        loss = criterion(model(x), y)
#              ^^^^^^^^^^^^^^^^^^^^^^ error[mixed-precision]
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
