"""What holds no parameters: the gradients are those of the inputs."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Focal(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, logits, labels):
        entropy = F.cross_entropy(logits, labels, reduction="none")
        return ((1 - torch.exp(-entropy)) ** self.gamma * entropy).mean()


class Detection(nn.Module):
    """Parts in a dictionary; one of them is changed in place, as a network's output may be."""

    def forward(self, outputs, targets):
        boxes, scores = outputs["boxes"], outputs["scores"]
        boxes[:, 2:].clamp_(min=0.5)
        return F.smooth_l1_loss(boxes, targets[0]) + F.binary_cross_entropy_with_logits(scores, targets[1])


def attend(query, key, value):
    weights = torch.softmax(query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5, -1)
    return weights @ value
