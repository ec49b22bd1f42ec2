"""Asked of the engine's own Python: which torch names are there. Prints one JSON object."""
import dis
import importlib
import json
import types

import names  # the corpus' names, laid beside this file

PREFIXES = {
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "init": "torch.nn.init",
    "optim": "torch.optim",
    "lr_scheduler": "torch.optim.lr_scheduler",
    "Module": "torch.nn.Module",
    "": "torch.Tensor",
}
GROUPS = ["torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.optim",
          "torch.optim.lr_scheduler", "torch.autograd", "torch.utils.data", "torch.utils.checkpoint", "torchvision.models", "torchvision.ops",
          "torchvision.transforms", "einops", "timm.models.layers", "numpy"]  # fmt: skip


def only_refuses(value):
    """True for a stand-in, and for a function or a class with a constructor that does nothing but raise UnsupportedError."""
    if type(value).__name__ == "StandIn":
        return True
    if isinstance(value, type):
        value = value.__dict__.get("__init__")
    if isinstance(value, property):
        value = value.fget
    code = value.__code__ if isinstance(value, types.FunctionType) else None
    if code is None or "UnsupportedError" not in code.co_names:
        return False
    return not any(i.opname.startswith(("RETURN_VALUE", "RETURN_CONST")) for i in dis.get_instructions(code))


def resolve(dotted):
    """What a dotted name stands for, its modules imported on the way. Raises whatever comes."""
    parts = dotted.split(".")
    found = importlib.import_module(parts[0])
    for i, part in enumerate(parts[1:], 2):
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(".".join(parts[:i]))
    return found


def full(name):
    name = name.removesuffix(" (attr)")
    if name == "op @":
        return "torch.Tensor.__matmul__"
    head, dot, rest = name.partition(".")
    return PREFIXES[head] + dot + rest if head in PREFIXES else name


def is_there(name):
    try:
        return not only_refuses(resolve(full(name)))
    except BaseException:
        return False


# What typing, the standard library and the shim's own helpers bring along is not a name of torch.
PLAIN = (types.ModuleType, type(__import__("__future__").annotations))
FOREIGN = ("typing", "collections", "functools", "math", "itertools", "enum", "copy", "warnings", "builtins", "bisect", "torch._engine", "torch._layers")


def public(group):
    try:
        holder = resolve(group)
    except BaseException:
        return []
    found = []
    for name in dir(holder):
        if name.startswith("_"):
            continue
        try:
            value = getattr(holder, name)
        except BaseException:
            continue
        if isinstance(value, PLAIN) or only_refuses(value):
            continue
        if isinstance(holder, types.ModuleType) and ((getattr(value, "__module__", None) or "") + ".").startswith(tuple(f + "." for f in FOREIGN)):
            continue
        if name.isupper() and not callable(value):
            continue  # the shim's own constants
        found.append(name)
    return found


print(json.dumps({"has": [is_there(n) for n in names.NAMES], "groups": {g: public(g) for g in GROUPS}}))
