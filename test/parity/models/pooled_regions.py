"""A detector's head without torchvision's own files: pooled and aligned regions, learned offsets, suppressed boxes."""
import torch
from torch import nn
from torchvision.ops import DeformConv2d, PSRoIAlign, RoIAlign, RoIPool, batched_nms, nms


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.offset = nn.Conv2d(6, 18, 3, padding=1)
        self.moved = DeformConv2d(6, 9, 3, padding=1)
        self.pool, self.align, self.split = RoIPool(3, 0.5), RoIAlign((2, 4), 0.5, -1, aligned=True), PSRoIAlign(3, 0.5, 2)
        self.score = nn.Linear(9, 4)

    def forward(self, x, boxes):
        y = self.moved(x, self.offset(x))
        rois = [boxes[:2], boxes[2:]]
        features = self.pool(y, rois).mean((2, 3)) + self.align(y, rois).amax((2, 3)) + self.split(y, rois).flatten(1).sum(1, keepdim=True)
        scores = self.score(features)
        kept = nms(boxes, scores[:, 0].detach(), 0.2)
        others = batched_nms(boxes, scores[:, 1].detach(), torch.arange(len(boxes)) % 2, 0.3)
        return torch.cat([scores[kept].pow(2), scores[others]])
