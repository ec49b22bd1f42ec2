import torch
import torch.nn as nn
import torch.nn.functional as F


class Expert(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden, bias=False)
        self.w2 = nn.Linear(hidden, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class MoE(nn.Module):
    """Each token goes to its two best experts."""

    def __init__(self, dim=16, hidden=32, num_experts=4, k=2, classes=6):
        super().__init__()
        self.experts = nn.ModuleList(Expert(dim, hidden) for _ in range(num_experts))
        self.gate = nn.Linear(dim, num_experts, bias=False)
        self.head = nn.Linear(dim, classes)
        self.k = k

    def forward(self, x):
        flat = x.view(-1, x.shape[-1])
        weights, chosen = torch.topk(self.gate(flat), self.k)
        weights = F.softmax(weights, dim=1)
        results = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            batch_idx, nth = torch.where(chosen == i)
            if batch_idx.numel() == 0:
                continue
            results[batch_idx] += weights[batch_idx, nth, None] * expert(flat[batch_idx])
        return self.head(results.view_as(x))
