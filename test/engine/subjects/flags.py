import argparse

from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--nhid", type=int, default=24)


class Net(nn.Module):
    def __init__(self, nfeat, nhid):
        super().__init__()
        self.a = nn.Linear(nfeat, nhid)
        self.b = nn.Linear(nhid, 3)

    def forward(self, x):
        return self.b(self.a(x).relu())
