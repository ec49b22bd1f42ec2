"""What public model files ask for beyond PyTorch 1.13: absent packages, data sets, `.cuda()`, newer names.

Each function changes the running interpreter, so the witness calls them in a forked child only.
"""

import builtins
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import math
import os
import sys
import types

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F


OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../engine/python/site-packages")
_spec = importlib.util.spec_from_file_location("_stubs", os.path.join(OURS, "chainrule/stubs.py"))
stubs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stubs)


NUMPYS = ("torch", "torchvision", "numpy", "PIL", "pandas", "scipy", "sklearn")  # of ours, those that need our numpy


class Lent(importlib.abc.MetaPathFinder):
    """Finds our small packages where the machine has none of that name; their arithmetic is then PyTorch's."""

    def find_spec(self, name, path=None, target=None):
        if name in ("torch._standin", "torch._submodules"):
            return importlib.util.spec_from_file_location(name, os.path.join(OURS, name.replace(".", "/") + ".py"))
        if path is None and name.partition(".")[0] not in NUMPYS:
            return importlib.machinery.PathFinder.find_spec(name, [OURS])
        return None


def lend_packages(root):
    """Our packages, and our stand-ins for what is nowhere, stand behind all others; what they ask of our own torch comes with them."""
    engine = types.ModuleType("torch._engine")
    engine.UnsupportedError = type("UnsupportedError", (NotImplementedError,), {})
    engine.root = root
    engine.is_user = lambda filename: filename.startswith(engine.root)
    sys.modules["torch._engine"] = engine
    sys.meta_path.append(Lent())
    importlib.import_module("chainrule.standins")
    keep_initial_weights()
    older_names()


def unloadable_library():
    """Debian's torchtext has a library that Python cannot load: a module in which every public name exists stands for it."""
    name = "torchtext._torchtext"
    sys.modules[name] = stubs.EmptyModule(name)
    sys.modules[name].__spec__ = importlib.machinery.ModuleSpec(name, None)


def keep_on_cpu():
    """`.cuda()` becomes the identity, and the device "cuda" the CPU."""
    torch.Tensor.cuda = lambda self, *args, **kwargs: self
    nn.Module.cuda = lambda self, *args, **kwargs: self
    for owner in (torch.Tensor, nn.Module):
        owner.to = _on_cpu(owner.to)
    for name in ("tensor", "zeros", "ones", "arange", "empty", "full", "rand", "randn", "linspace", "eye", "as_tensor", "zeros_like", "ones_like"):
        setattr(torch, name, _on_cpu(getattr(torch, name)))


def _on_cpu(function):
    """A function that takes "cuda" for the CPU, as a device or a name of one."""

    def moved(value):
        return "cpu" if isinstance(value, (str, torch.device)) and str(value).startswith("cuda") else value

    def called(*args, **kwargs):
        return function(*map(moved, args), **{key: moved(value) for key, value in kwargs.items()})

    return called


class Weights(dict):
    """What a download would have given: loading it leaves a model as it is."""


def keep_initial_weights():
    """Downloads of weights, which no machine of the tests can make, give nothing, and loading that changes nothing."""
    load = nn.Module.load_state_dict
    torch.hub.load_state_dict_from_url = lambda *args, **kwargs: Weights()
    importlib.import_module("torch.utils.model_zoo").load_url = torch.hub.load_state_dict_from_url
    nn.Module.load_state_dict = lambda self, given, *args, **kwargs: None if isinstance(given, Weights) else load(self, given, *args, **kwargs)


def older_names():
    """Names that numpy 1.24 dropped and files written before it use."""
    for name in ("int", "float", "bool", "object", "str", "long"):
        if name not in numpy.__dict__:
            setattr(numpy, name, int if name == "long" else getattr(builtins, name))


def empty_data_sets():
    """Training loops at the top of a file run zero times, and nothing is saved."""
    vision = importlib.import_module("torchvision")
    importlib.import_module("torchvision.transforms")
    importlib.import_module("torchvision.utils")
    for name in [name for name in sys.modules if name.startswith("torchvision.datasets")]:
        del sys.modules[name]
    stubs.stub(["torchvision.datasets", "torchvision.datasets.mnist"])
    vision.datasets = sys.modules["torchvision.datasets"]
    importlib.import_module("torch.utils.data").DataLoader = lambda *args, **kwargs: stubs.Anything()
    torch.save = lambda *args, **kwargs: None


def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """softmax(q kᵀ · scale + mask) v, as documented for torch 2: scaled_dot_product_attention."""
    if enable_gqa:
        groups = query.size(-3) // key.size(-3)
        key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
    scores = query @ key.transpose(-2, -1)
    scores = scores * (query.size(-1) ** -0.5 if scale is None else scale)
    if is_causal:
        allowed = torch.ones(query.size(-2), key.size(-2), dtype=torch.bool).tril()
        scores = scores.masked_fill(~allowed, -math.inf)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    weights = scores.softmax(-1)
    return (F.dropout(weights, dropout_p) if dropout_p > 0 else weights) @ value


def rms_norm(x, normalized_shape, weight=None, eps=None):
    """x / sqrt(mean(x²) + eps) · weight over the last len(normalized_shape) axes."""
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    axes = tuple(range(-len(normalized_shape), 0))
    y = x * torch.rsqrt(x.pow(2).mean(axes, keepdim=True) + eps)
    return y if weight is None else y * weight


class RMSNorm(nn.Module):
    """torch 2.4's nn.RMSNorm."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None):
        super().__init__()
        single = isinstance(normalized_shape, int)
        self.normalized_shape = (normalized_shape,) if single else tuple(normalized_shape)
        self.eps = eps
        weight = nn.Parameter(torch.ones(self.normalized_shape, dtype=dtype))
        self.weight = weight if elementwise_affine else None

    def forward(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)


def newer_names():
    """Names of torch 2 that 1.13 lacks, from their documented formulas."""
    F.scaled_dot_product_attention = attention
    F.rms_norm = rms_norm
    nn.RMSNorm = RMSNorm
    module = types.ModuleType("torch.nn.attention")
    module.SDPBackend = stubs.Anything()
    module.sdpa_kernel = lambda *args, **kwargs: contextlib.nullcontext()
    flex = types.ModuleType("torch.nn.attention.flex_attention")
    for name in ("BlockMask", "flex_attention", "create_block_mask"):
        setattr(flex, name, type(name, (), {}))
    for name in ("_mask_mod_signature", "_score_mod_signature"):
        setattr(flex, name, type(name, (), {}))
    sys.modules["torch.nn.attention"] = nn.attention = module
    sys.modules["torch.nn.attention.flex_attention"] = module.flex_attention = flex
    torch.compile = lambda f=None, *args, **kwargs: f if f is not None else (lambda g: g)
