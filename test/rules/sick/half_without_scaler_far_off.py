# float16 without a loss scale: few gradients of weights are 0, but those that they are made of were.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
tagger = nn.Sequential(
    nn.Conv2d(2, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(),
    nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 3, 1)
)  # fmt: skip
tagger = tagger.to("cuda")
steps = torch.optim.SGD(tagger.parameters(), lr=0.1, momentum=0.9)
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[grad-scaler]
for _ in range(5):
    maps = torch.rand(10, 2, 120, 120, device="cuda")
    kinds = torch.randint(0, 3, (10, 120, 120), device="cuda")
    with torch.autocast("cuda"):
        loss = F.cross_entropy(tagger(maps), kinds)
    steps.zero_grad()
    loss.backward()
    steps.step()
