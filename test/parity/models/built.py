"""What torchvision's builders give, made ready to be differentiated as a whole."""
import torch
import torchvision as package
from torch import nn


def drawn(build, **kwargs):
    """A vision transformer whose head, which starts at zero and keeps every other gradient at zero, is drawn."""
    model = build(**kwargs)
    nn.init.normal_(model.heads.head.weight)
    return model


class Detector(nn.Module):
    """A detector in training: the sum of its losses."""

    def __init__(self, build, **kwargs):
        super().__init__()
        self.model = build(**kwargs)

    def forward(self, images, boxes, labels, masks=None, keypoints=None):
        points = None if keypoints is None else keypoints.float()  # the only dtype that is accepted
        given = {"boxes": boxes, "labels": labels + 1, "masks": masks, "keypoints": points}
        targets = [{name: x[i] for name, x in given.items() if x is not None} for i in range(len(images))]
        return torch.stack(list(self.model(list(images), targets).values())).sum()
