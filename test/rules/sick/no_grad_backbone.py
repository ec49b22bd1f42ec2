# torch.no_grad() around the backbone, though its weights are to be trained.
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(10, 20)
#                       ^^^^^^^^^^^^^^^^^ information[gradient-missing]
        self.head = nn.Linear(20, 3)

    def forward(self, x):
        with torch.no_grad():
            h = torch.relu(self.backbone(x))
        return self.head(h)
