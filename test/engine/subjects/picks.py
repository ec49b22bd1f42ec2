import torch
import torch.nn as nn


class Picks(nn.Module):
    """Wants rows that no guess gives: with a covariance beyond any of theirs."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x):
        y = self.fc(x)
        covariance = y.T @ y - 100 * torch.eye(6)
        return torch.linalg.cholesky(covariance) @ y.T
