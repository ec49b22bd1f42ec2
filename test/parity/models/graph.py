import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.parameter import Parameter


class GraphConvolution(nn.Module):
    def __init__(self, in_features, out_features):
        super(GraphConvolution, self).__init__()
        self.weight = Parameter(torch.FloatTensor(in_features, out_features))
        self.bias = Parameter(torch.FloatTensor(out_features))
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        self.bias.data.uniform_(-stdv, stdv)

    def forward(self, input, adj):
        return torch.mm(adj, torch.mm(input, self.weight)) + self.bias

    def __repr__(self):
        return self.__class__.__name__ + str(tuple(self.weight.shape))


class GAT(nn.Module):
    """One convolution, then attention along the edges."""

    def __init__(self, nfeat=10, nhid=12, nclass=4):
        super(GAT, self).__init__()
        self.gc = GraphConvolution(nfeat, nhid)
        self.W = nn.Parameter(torch.empty(size=(nhid, nclass)))
        nn.init.xavier_uniform_(self.W.data, gain=1.414)
        self.a = nn.Parameter(torch.empty(size=(2 * nclass, 1)))
        nn.init.xavier_uniform_(self.a.data, gain=1.414)
        self.leakyrelu = nn.LeakyReLU(0.2)

    def forward(self, x, score):
        adj = ((score + score.t()) > 0.8).to(x.dtype) + torch.eye(x.size(0), dtype=x.dtype)
        norm = adj / adj.sum(1, keepdim=True)
        h = torch.mm(F.elu(self.gc(x, norm)), self.W)
        left = torch.matmul(h, self.a[: h.size(1), :])
        right = torch.matmul(h, self.a[h.size(1) :, :])
        e = self.leakyrelu(left + right.T)
        attention = torch.where(adj > 0, e, -9e15 * torch.ones_like(e))
        return F.log_softmax(torch.matmul(F.softmax(attention, dim=1), h), dim=1)
