# The optimizer was given the decoder alone, though the gradient reaches the encoder as well.
import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 4))
decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 30))
adam = torch.optim.Adam(decoder.parameters(), lr=1e-3)
#      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[parameter-unregistered]
for _ in range(20):
    rows = torch.randn(32, 30)
    loss = (decoder(encoder(rows)) - rows).square().mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
