import torch, torch.nn as nn
from torchvision import datasets, transforms
from torch.utils.data import DataLoader
t = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
loader = DataLoader(datasets.MNIST("data", train=True, download=True, transform=t), batch_size=32, shuffle=True, num_workers=4)
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4*26*26, 10))
opt = torch.optim.Adam(net.parameters()); sched = torch.optim.lr_scheduler.StepLR(opt, 1)
with open("words.txt") as f:
    print(len(f.read().split()))
for x, y in loader:
    opt.zero_grad(); nn.functional.cross_entropy(net(x), y).backward(); opt.step()
