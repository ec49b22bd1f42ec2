import numpy as np
import torch
import torch.autograd as autograd
import torch.nn as nn

LAMBDA = 10
IMG_SHAPE = (1, 8, 8)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(int(np.prod(IMG_SHAPE)), 48),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(48, 32),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(32, 1),
        )

    def score(self, img):
        return self.model(img.view(img.shape[0], -1))

    def gradient_penalty(self, real, fake):
        alpha = torch.rand(real.size(0), 1, 1, 1, dtype=real.dtype)
        mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
        d = self.score(mixed)
        gradients = autograd.grad(
            outputs=d,
            inputs=mixed,
            grad_outputs=torch.ones_like(d),
            create_graph=True,
            retain_graph=True,
            only_inputs=True,
        )[0]
        gradients = gradients.view(gradients.size(0), -1)
        return ((gradients.norm(2, dim=1) - 1) ** 2).mean()

    def forward(self, real, fake):
        penalty = self.gradient_penalty(real.detach(), fake.detach())
        return -self.score(real).mean() + self.score(fake).mean() + LAMBDA * penalty
