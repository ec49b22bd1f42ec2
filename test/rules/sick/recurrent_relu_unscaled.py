# Recurrent weights of a rectified cell far too large: the state grows at each of forty steps, and so does the loss.
import torch
from torch import nn


class Counter(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.hidden = hidden
        self.cell = nn.RNNCell(8, hidden, nonlinearity="relu")
        nn.init.normal_(self.cell.weight_hh, std=0.5)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.zeros(x.size(0), self.hidden)
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)
        return self.out(h)


torch.manual_seed(1)
model = Counter()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[loss-diverges]
for step in range(30):
    x = torch.randn(16, 40, 8)
    y = x.sum((1, 2)).unsqueeze(1)
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
