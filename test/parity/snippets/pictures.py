"""evaluate(texts): for each expression over the picture `img` (RGB), `tall`, `grey`, or the tensor `x`, a checksum of its bytes and where the generator stands."""
import random

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

BILINEAR, BICUBIC, NEAREST, LANCZOS = InterpolationMode.BILINEAR, InterpolationMode.BICUBIC, InterpolationMode.NEAREST, 1


def picture(height, width, channels, seed):
    torch.manual_seed(seed)
    shape = (height, width, channels) if channels > 1 else (height, width)
    return Image.fromarray(torch.randint(0, 256, shape).to(torch.uint8).numpy())


def shown(value):
    if isinstance(value, Image.Image):
        value = np.array(value)
    if isinstance(value, (tuple, list)):
        return [shown(v) for v in value]
    t = value if isinstance(value, torch.Tensor) else torch.from_numpy(np.ascontiguousarray(value))
    weights = torch.arange(1, t.numel() + 1, dtype=torch.float64) % 251
    flat = t.double().reshape(-1)
    return [str(t.dtype), list(t.shape), repr(float((flat * weights).sum())), [repr(v) for v in flat[:6].tolist()]]


def evaluate(texts):
    names = {**globals(), "img": picture(37, 41, 3, 1), "tall": picture(64, 40, 3, 2), "grey": picture(33, 20, 1, 3)}
    torch.manual_seed(4)
    names["x"] = torch.rand(3, 20, 24)
    out = {}
    for text in texts:
        torch.manual_seed(5)
        random.seed(5)
        out[text] = {"value": shown(eval(text, names)), "next": int(torch.randint(0, 1000000, (1,)))}
    return out
