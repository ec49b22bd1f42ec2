import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 6))

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


torch.manual_seed(3)
generator = Generator()
critic = Discriminator()
loss = nn.BCELoss()
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3)
opt_d = torch.optim.SGD(critic.parameters(), lr=1e-3, momentum=0.9)
while True:
    for _ in range(2):
        opt_d.zero_grad()
        fake = generator(torch.randn(5, 4))
        loss_d = loss(critic(torch.randn(5, 6)), torch.ones(5, 1)) + loss(critic(fake.detach()), torch.zeros(5, 1))
        loss_d.backward()
        opt_d.step()
    opt_g.zero_grad()
    loss(critic(generator(torch.randn(5, 4))), torch.ones(5, 1)).backward()
    opt_g.step()
