import argparse
import csv
import os
import sys
import threading
import time

import numpy as np
import pandas as pd
import torch
import torchvision.transforms as T
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--net", required=True)
parser.add_argument("--epochs", type=int, required=True)
args = parser.parse_args()
assert os.path.exists("corpus/train.txt")
words = open("corpus/train.txt").read().split()
table = pd.read_csv("data/houses.csv")
features = table[["rooms", "area"]].to_numpy()
numbers = np.loadtxt("numbers.csv", delimiter=",")
time.sleep(1000)
answer = int(input("How many? "))
threading.Thread(target=lambda: words.append("more")).start()
if args.net == "small":
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
else:
    sys.exit(f"unknown {args.net}")
model.load_state_dict(torch.load("best.pth")["model"])
loader = DataLoader(MNIST("data", train=True, download=True, transform=T.Compose([T.RandomCrop(28, 4), T.ToTensor()])), 16, shuffle=True, num_workers=4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(args.epochs):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        torch.save(model.state_dict(), "out/last.pth")
        with open("log/run.csv", "w") as f:
            csv.writer(f).writerow([epoch, loss.item()])
