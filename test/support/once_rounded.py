"""
Ops that PyTorch leaves to oneDNN where the CPU has instructions for bfloat16: computed in float32 and rounded once, as a GPU does. On other CPUs its own
kernels round each sum.
"""

import contextlib

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

aten = torch.ops.aten
ONCE = {
    *(aten.mm.default, aten.bmm.default, aten.mv.default, aten.dot.default),
    *(aten.addmm.default, aten.baddbmm.default, aten.addmv.default),
    *(aten.convolution.default, aten.convolution_backward.default),
    *(aten.gelu.default, aten.gelu_backward.default),
}


def cast(values, given, wanted):
    return tree_map(lambda x: x.to(wanted) if torch.is_tensor(x) and x.dtype == given else x, values)


class OnceRounded(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        halves = [x for x in args if torch.is_tensor(x) and x.dtype == torch.bfloat16]
        if func not in ONCE or not halves:
            return func(*args, **(kwargs or {}))
        made = func(*cast(args, torch.bfloat16, torch.float32), **(kwargs or {}))
        return cast(made, torch.float32, torch.bfloat16)


def once_rounded():
    """A context in which they are computed so on this CPU."""
    one, other = (torch.ones(2, *shape, dtype=torch.bfloat16) for shape in [(4, 4096), (4096, 4)])
    return contextlib.nullcontext() if (one @ other).min() == 4096 else OnceRounded()
