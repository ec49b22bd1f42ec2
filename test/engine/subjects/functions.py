import torch
import torch.nn.functional as F


def show(name):
    return name.title()


def weighted_entropy(probs, labels, smooth=0.1):
    picked = torch.log(probs).gather(1, labels.unsqueeze(1)).squeeze(1)
    return -(picked * (1 - smooth)).mean() + 0 * F.relu(probs).sum()
