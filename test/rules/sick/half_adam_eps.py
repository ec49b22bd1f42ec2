# Adam's eps of 1e-8 is 0 beside weights in float16: the second update divides 0 by 0.
import torch
from torch import nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).half()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[half-constant]
for step in range(8):
    x = torch.randn(32, 64).half()
    loss = F.cross_entropy(model(x).float(), torch.randint(0, 10, (32,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
