# Both optimizers were given the teller's weights: nothing trains the painter.
import torch
from torch import nn

torch.manual_seed(0)
painter = nn.Sequential(nn.Linear(6, 50), nn.ReLU(), nn.Linear(50, 12))
teller = nn.Sequential(nn.Linear(12, 40), nn.LeakyReLU(0.1), nn.Linear(40, 1))
for_teller = torch.optim.RMSprop(teller.parameters(), lr=1e-4)
for_painter = torch.optim.RMSprop(teller.parameters(), lr=1e-4)
#             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[parameter-unregistered]
for _ in range(12):
    true, noise = torch.randn(24, 12), torch.randn(24, 6)
    for_teller.zero_grad()
    (nn.functional.softplus(teller(painter(noise).detach())) + nn.functional.softplus(-teller(true))).mean().backward()
    for_teller.step()
    for_painter.zero_grad()
    nn.functional.softplus(-teller(painter(noise))).mean().backward()
    for_painter.step()
