# The optimizer holds the parameters of a second instance; the one that is trained never changes.
import torch
from torch import nn
import torch.nn.functional as F


def network(width=48):
    return nn.Sequential(nn.Linear(12, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 4))


def fit(steps=30):
    torch.manual_seed(0)
    classifier = network()
    optimizer = torch.optim.AdamW(network().parameters(), lr=2e-3)
    #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[weights-unchanged]
    for _ in range(steps):
        signals = torch.randn(40, 12)
        kinds = signals[:, :4].argmax(1)
        optimizer.zero_grad()
        F.cross_entropy(classifier(signals), kinds).backward()
        optimizer.step()


if __name__ == "__main__":
    fit()
