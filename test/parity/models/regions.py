"""Everything that torchvision computes in compiled code: sampled regions, learned offsets, suppressed boxes."""
import torch
from torch import nn
from torchvision import ops


class Regions(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 18, 3, padding=1)
        self.offset = nn.Conv2d(3, 2 * 2 * 9, 3, stride=2)
        self.mask = nn.Conv2d(3, 2 * 9, 3, stride=2)
        self.moved = ops.DeformConv2d(6, 8, 3, stride=2, groups=2)
        self.reduce = nn.Conv2d(3, 6, 1)
        self.pyramid = ops.FeaturePyramidNetwork([18, 18], 4)
        self.levels = ops.MultiScaleRoIAlign(["a", "b"], 3, 2)

    def forward(self, x, boxes):
        y = self.conv(x)
        rois = [boxes[:2], boxes[2:]]
        maps = self.pyramid({"a": y, "b": nn.functional.max_pool2d(y, 2)})
        out = [
            ops.roi_align(y, rois, 3, 0.5, 2),
            ops.roi_align(y, rois, (2, 4), 0.5, -1, True),
            ops.ps_roi_align(y, rois, 3, 0.5, 2),
            ops.ps_roi_align(y, rois, 3, 0.5),
            ops.roi_pool(y, rois, 3, 0.5),
            ops.RoIPool((2, 7), 0.7)(y, rois),
            self.moved(self.reduce(x), 2 * self.offset(x), self.mask(x).sigmoid()),
            self.moved(self.reduce(x), 2 * self.offset(x)),
            self.levels(maps, rois, [(28, 26), (28, 26)]),
        ]
        keep = ops.nms(boxes, y.flatten()[: len(boxes)], 0.2)
        kept = torch.cat([boxes[keep].flatten(), keep.to(boxes.dtype)]) * y.mean()
        return torch.stack([part.pow(2).mean() for part in [*out, kept]])
