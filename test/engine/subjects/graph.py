import torch
import torch.nn as nn


class Hop(nn.Module):
    def __init__(self, inside, outside):
        super().__init__()
        self.project = nn.Linear(inside, outside)

    def forward(self, data):
        nodes, edge_index = data
        rows = self.project(nodes)
        gathered = torch.zeros_like(rows).index_add(0, edge_index[1], rows[edge_index[0]])
        return gathered, edge_index


class Graph(nn.Module):
    def __init__(self, inside=12, classes=5):
        super().__init__()
        self.hops = nn.Sequential(Hop(inside, 24), Hop(24, classes))

    def forward(self, data):
        return self.hops(data)
