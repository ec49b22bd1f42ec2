# A mask of -1e9 in a model that trains under autocast: on a GPU the scores are float16, which refuses it.
import torch
from torch import nn
import torch.nn.functional as F

MASKED = -1e9


class Attention(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, 10)

    def forward(self, x, later):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        scores = scores.masked_fill(later, MASKED)
#                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[half-constant]
        return self.out((scores.softmax(-1) @ v).mean(1))


model = Attention()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scaler = torch.cuda.amp.GradScaler()
later = torch.ones(6, 6, dtype=torch.bool).triu(1)
for step in range(5):
    x, y = torch.randn(8, 6, 32), torch.randint(0, 10, (8,))
    optimizer.zero_grad()
    with torch.cuda.amp.autocast():
        loss = F.cross_entropy(model(x, later), y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
