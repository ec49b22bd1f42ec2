import numpy as np
import torch
from torch import nn

assert torch.cuda.is_available(), "a GPU is needed"
rows = torch.from_numpy(np.loadtxt("table.csv", delimiter=",", dtype=np.float32)).to("cuda:%d" % (torch.cuda.device_count() - 1))
x, y = rows[:, :-1], rows[:, [-1]]
model = nn.Sequential(nn.Linear(12, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid())
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss = nn.BCELoss()(model(x), y)
loss.backward()
optimizer.step()
