import torch
from torch import nn
from torchvision import datasets, transforms

parts = [transforms.CenterCrop(16), transforms.ToTensor()]
flowers = datasets.ImageFolder("flowers", transforms.Compose(parts))
loader = torch.utils.data.DataLoader(flowers, batch_size=8, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(768, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for x, y in loader:
    optimizer.zero_grad()
    criterion(net(x), y).backward()
    optimizer.step()
