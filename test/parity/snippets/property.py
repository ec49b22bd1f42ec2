"""Programs that a property draws: value, gradients and the generator's next number, or the error. See properties/hunt.ts."""
import ast
import math
import re
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.simplefilter("ignore")
leaves = []

# Largest |ours − theirs|, as a share of the tensor's largest element, at least 1.
TOLERANCE = {"torch.float64": 1e-10, "torch.float32": 2e-5, "torch.float16": 4e-3, "torch.bfloat16": 3e-2}


def spread(count, low, high, salt):
    """Distinct numbers between low and high, the same on every machine."""
    return [low + (high - low) * ((i * 7919 + salt * 104729 + 31) % 1009) / 1009 for i in range(count)]


def laid(base, shape, lay):
    """A view of base with that shape: `T` axes reversed, `step` every second of the last axis, `part` without the first of the first axis."""
    if lay == "T":
        return base.permute(*reversed(range(len(shape))))
    if lay == "step":
        return base[..., ::2]
    if lay == "part":
        return base[1:]
    return base.expand(shape)


def stored(shape, lay):
    """The shape of the base that `laid` takes."""
    shape = list(shape)
    if lay == "T":
        return shape[::-1]
    if lay == "step":
        return shape[:-1] + [shape[-1] * 2]
    if lay == "part":
        return [shape[0] + 1] + shape[1:]
    return [1] + shape[1:] if lay == "expand" else shape


def t(*shape, of="float64", low=-2, high=2, lay="", ties=False, odd=False, grad=True):
    """A leaf's view. `ties`: whole numbers; `odd`: with NaN, infinities and zeros of both signs."""
    base = stored(shape, lay)
    values = spread(math.prod(base), low, high, len(leaves) + 1)
    dtype = getattr(torch, of)
    if dtype is torch.bool:
        values = [v > 0 for v in values]
    elif not dtype.is_floating_point or ties:
        values = [math.floor(v) for v in values]
    if odd:
        values = [[math.nan, math.inf, -math.inf, 0.0, -0.0, v, v][i % 7] for i, v in enumerate(values)]
    leaf = torch.tensor(values, dtype=torch.float64 if dtype.is_floating_point else dtype).reshape(base).to(dtype).clone()
    if grad and dtype.is_floating_point:
        leaves.append(leaf.requires_grad_())
    return laid(leaf, shape, lay) if lay else leaf


def plain(value):
    if torch.is_tensor(value):
        return seen(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, nn.Module):
        return {"state": plain(value.state_dict())}
    if isinstance(value, float):
        return {"dtype": "torch.float64", "shape": [], "data": [repr(value)]}
    return whole(value) if type(value) is int else value if value is None or isinstance(value, (bool, str)) else str(value)


def whole(v):
    """JavaScript's JSON has no whole numbers above 2^53."""
    return v if abs(v) <= 2**53 else str(v)


def seen(x):
    said = {"dtype": str(x.dtype), "shape": list(x.shape), "grad": x.requires_grad}
    x = x.detach()
    if x.is_sparse:
        x = x.to_dense()
    if x.is_complex():
        x = torch.view_as_real(x.resolve_conj())
    values = x.clone().reshape(-1).tolist()
    return {**said, "data": [repr(v) if isinstance(v, float) else whole(v) for v in values]}


def tensors(value):
    if torch.is_tensor(value):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [x for item in value for x in tensors(item)] if isinstance(value, (list, tuple)) else []


def probe(x):
    """A loss whose gradient differs at every element."""
    weights = torch.tensor(spread(x.numel(), 0.5, 1.5, 3), dtype=torch.float64).reshape(x.shape)
    return (x.double() * weights).sum()


def gradients(value, parameters, twice):
    ends = [x for x in tensors(value) if x.requires_grad and x.is_floating_point()]
    wanted = [*leaves, *parameters]
    if not ends or not wanted:
        return {}
    first = torch.autograd.grad(sum(probe(x) for x in ends), wanted, create_graph=twice, allow_unused=True)
    said = {"grads": [None if g is None else {**seen(g), "grad": False} for g in first]}
    kept = [g for g in first if g is not None and g.requires_grad]
    if not twice or not kept:
        return said
    try:
        second = torch.autograd.grad(sum(probe(g * g) for g in kept), wanted, allow_unused=True)
    except RuntimeError as error:
        return {**said, "refused": str(error)}
    second = [None if g is None or not g.abs().sum() > 1e-12 else seen(g) for g in second]
    return said if all(g is None for g in second) else {**said, "second": second}


def run(text, twice):
    """Statements, then an expression: its value and gradients."""
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    leaves.clear()
    names = {"torch": torch, "nn": nn, "F": F, "math": math, "t": t}
    body = ast.parse(text).body
    last = ast.Expression(body.pop().value)
    exec(compile(ast.Module(body, []), text, "exec"), names)
    value = eval(compile(last, text, "eval"), names)
    said = {"value": plain(value)}
    modules = [thing for thing in names.values() if isinstance(thing, nn.Module)]
    said.update(gradients(value, [p for module in modules for p in module.parameters()], twice))
    said["next"] = torch.randint(0, 2**31, (1,)).item()
    return said


def outcome(text, twice):
    try:
        return run(text, twice)
    except Exception as error:
        name = type(error).__name__
        return {"unsupported" if name == "UnsupportedError" else "error": f"{name}: {error}"}


def coarsest(text):
    """The tolerance of the least precise dtype that a program names: PyTorch rounds between mixed ones where it likes."""
    return max([0, *(allowed for dtype, allowed in TOLERANCE.items() if dtype[6:] in text)])


def number(v):
    return float(v) if isinstance(v, str) else v


def apart(ours, theirs, dtype, coarse):
    """The first element that is too far off, as text."""
    if ours == theirs:
        return None
    values = [number(v) for v in theirs]
    size = max([1.0, *(abs(v) for v in values if math.isfinite(v))])
    allowed = (0 if dtype not in TOLERANCE else max(TOLERANCE[dtype], coarse)) * size
    for i, (a, b) in enumerate(zip([number(v) for v in ours], values)):
        if a == b or a != a and b != b:
            continue
        if not abs(a - b) <= allowed:
            return f"[{i}]: {a!r}, PyTorch has {b!r}"
    return None


def unlike(ours, theirs, coarse, at=""):
    """The first place where two answers differ, or None."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"{at}: {list(ours)}, PyTorch has {list(theirs)}"
        if "data" in theirs:
            for key in ("dtype", "shape", "grad"):
                if ours.get(key) != theirs.get(key):
                    return f"{at}: {key} {ours[key]}, PyTorch has {theirs[key]}"
            found = apart(ours["data"], theirs["data"], theirs["dtype"], coarse)
            return found and at + found
        pairs = [(f"{at}.{key}", ours[key], theirs[key]) for key in theirs]
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{at}: {len(ours)} items, PyTorch has {len(theirs)}"
        pairs = [(f"{at}[{i}]", a, b) for i, (a, b) in enumerate(zip(ours, theirs))]
    else:
        return None if ours == theirs and type(ours) is type(theirs) else f"{at}: {ours}, PyTorch has {theirs}"
    for place, a, b in pairs:
        found = unlike(a, b, coarse, place)
        if found:
            return found
    return None


# What PyTorch 2 says in other words than the witness, which is 1.13.
NEWER = re.compile(
    r"pad should be at most half of kernel size|Argument #[468]: Padding size should be less|Padding length too large|size mismatch, got|expected scalar type \w+ but found|input dtype should be either floating point"
)


def words(error):
    """An error's interface. The signatures that PyTorch's argument parser prints are none: their error's type is."""
    error = error.split(": [torch.")[0]  # which of several overwritten tensors is met first hangs on what an op keeps
    return error.split(":")[0] if error.startswith("TypeError") or NEWER.search(error) else error


# What PyTorch refuses for want of a kernel or a formula that later versions have, or by a defect; or since it wants no gradient there.
REFUSALS = re.compile(
    "not implemented for '(BFloat16|Half|Bool)'|derivative for aten|INTERNAL ASSERT|not differentiable with respect to"
    "|scale_grad_by_freq not supported|modified by an inplace operation|resulted in a negative output size|inputs not supported for|on a bool tensor is not supported"
)


def difference(text, ours, theirs):
    """One line, or None where the outcomes agree."""
    if "unsupported" in ours:
        return f"unsupported: {ours['unsupported']}"
    if "error" in ours or "error" in theirs:
        a, b = ours.get("error", "no error"), theirs.get("error", "no error")
        if "error" not in ours and REFUSALS.search(b):
            return None
        said = a.split(":")[0] if NEWER.search(b) else words(a)
        return None if said == words(b) else f"{a}, PyTorch has {b}"
    if "refused" in theirs:  # PyTorch itself has no second derivative
        ours, theirs = [{k: v for k, v in side.items() if k not in ("refused", "second")} for side in (ours, theirs)]
    return unlike(ours, theirs, coarsest(text))


def evaluate(data):
    """[outcome] under PyTorch; under Chainrule, which is given PyTorch's, {place: difference}."""
    found = [outcome(text, twice) for text, twice in data["programs"]]
    if "expected" not in data:
        return found
    lines = [difference(text, ours, theirs) for (text, _), ours, theirs in zip(data["programs"], found, data["expected"])]
    return {str(i): line[:400] for i, line in enumerate(lines) if line}
