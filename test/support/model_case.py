"""Runs one case of the corpus format under real PyTorch and says what its gradients are.

Order of random draws: manual_seed(seed), build, inputs in order, forward, targets, loss, backward.
A float64 run draws and builds in float32, then converts model and floating-point inputs by `.double()`.
"""

import contextlib
import importlib
import importlib.util
import inspect
import io
import os
import random
import runpy
import sys
import types

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

import script_case
import stand_ins


def prepare(case, root, library, last):
    """sys.path and stand-ins as the case asks: path, stubs, cuda_noop, data_stub, polyfill, lend; `last`: folders searched last."""
    folders = [os.path.join(root, folder) for folder in case.get("path", [])]
    sys.path[:0] = [os.path.dirname(os.path.join(root, case["file"])), *folders, *library]
    sys.path.extend(last)
    if case.get("cuda_noop"):
        stand_ins.keep_on_cpu()
    if case.get("data_stub"):
        stand_ins.empty_data_sets()
    if case.get("polyfill"):
        stand_ins.newer_names()
    if case.get("lend"):
        stand_ins.lend_packages(root)
    stand_ins.unloadable_library()
    stand_ins.stubs.stub(case.get("stubs", []))


def in_package(path):
    """(dotted name, folder of the outermost package) of a file inside a package, up to a folder whose name is none; (None, None) elsewhere."""
    home, base = os.path.split(path)
    parts = [] if base == "__init__.py" else [base[:-3]]
    while os.path.basename(home).isidentifier() and os.path.exists(os.path.join(home, "__init__.py")):
        home, name = os.path.split(home)
        parts.insert(0, name)
    inside = len(parts) > 1 or base == "__init__.py"
    return (".".join(parts), home) if inside and all(map(str.isidentifier, parts)) else (None, None)


def load_inside(dotted, home):
    """A module of a package, without what its packages' `__init__` would run; with it where the module does need that."""
    sys.path.append(home)
    parts, before = dotted.split("."), set(sys.modules)
    for depth in range(1, len(parts)):
        package = types.ModuleType(".".join(parts[:depth]))
        package.__path__ = [os.path.join(home, *parts[:depth])]
        sys.modules[package.__name__] = package
    try:
        return importlib.import_module(dotted)
    except (ImportError, AttributeError):
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == parts[0]:
                del sys.modules[name]
        return importlib.import_module(dotted)


def load(case, root):
    """The case's module: by dotted name where it has one, else by path."""
    path = os.path.join(root, case["file"])
    sys.argv = [path]
    if case.get("module"):
        return importlib.import_module(case["module"])
    dotted, home = in_package(path)
    if home:
        return load_inside(dotted, home)
    spec = importlib.util.spec_from_file_location("casefile", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["casefile"] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        if "no known parent package" not in str(error):
            raise
        folder, base = os.path.split(path)  # a folder without __init__.py is a package all the same
        sys.path.append(os.path.dirname(folder))
        return importlib.import_module(f"{os.path.basename(folder)}.{base[:-3]}")
    return module


def evaluate(value, names):
    """JSON to Python; `{"$py": expression}` is evaluated among the module's names."""
    if isinstance(value, dict) and "$py" in value:
        return eval(value["$py"], names)
    if isinstance(value, dict):
        return {key: evaluate(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, names) for item in value]
    return value


def make_input(spec, names):
    """One input of `inputs`: kinds randn, rand, randint, zeros, ones, py."""
    kind, shape = spec["kind"], spec.get("shape")
    if kind == "py":
        return eval(spec["expr"], names)
    if kind == "randint":
        return torch.randint(spec.get("low", 0), spec["high"], tuple(shape))
    if kind in ("zeros", "ones"):
        return getattr(torch, kind)(*shape, dtype=getattr(torch, spec.get("dtype", "float32")))
    return {"randn": torch.randn, "rand": torch.rand}[kind](*shape)


def doubled(x):
    """Floating-point tensors in float64, inside tuples, lists and dictionaries too."""
    if torch.is_tensor(x):
        return x.double() if x.is_floating_point() else x
    if isinstance(x, dict):
        return {key: doubled(item) for key, item in x.items()}
    return type(x)(doubled(item) for item in x) if type(x) in (tuple, list) else x


class Leaves:
    """Inputs that gradients are taken of: the floating tensors in those that the case's `requires_grad` numbers. The call gets a copy of each."""

    def __init__(self, case, call):
        function = getattr(call, "forward", call)
        self.chosen = case.get("requires_grad", ())
        self.names = list(inspect.signature(function).parameters) if self.chosen else []
        self.tensors = {}

    def given(self, inputs):
        return [self.taken(self.names[k], x) if k in self.chosen else x for k, x in enumerate(inputs)]

    def taken(self, name, x):
        if torch.is_tensor(x):
            if not (x.is_floating_point() or x.is_complex()):
                return x
            self.tensors[name] = x.detach().requires_grad_()
            return self.tensors[name].clone()
        if isinstance(x, types.SimpleNamespace):
            return types.SimpleNamespace(**{key: self.taken(f"{name}.{key}", item) for key, item in vars(x).items()})
        if type(x) is dict:
            return {key: self.taken(f"{name}.{key}", item) for key, item in x.items()}
        return type(x)(self.taken(f"{name}.{key}", item) for key, item in enumerate(x)) if type(x) in (tuple, list) else x


def differentiable(out, path):
    """The tensor that the loss is taken of: by the case's `output` path, else the first that fits."""
    if path is not None:
        for key in path:
            named = isinstance(key, str) and not isinstance(out, dict)
            out = getattr(out, key) if named else out[key]
        return out
    if torch.is_tensor(out):
        return out
    if isinstance(out, dict):
        found = (differentiable(item, None) for item in out.values())
        return next((item for item in found if item is not None), None)
    if isinstance(out, (list, tuple)):
        for item in out:
            found = differentiable(item, None)
            if torch.is_tensor(found) and found.is_floating_point() and found.requires_grad:
                return found
    return None


def loss_of(out, kind):
    """(loss, kind, target). auto: cross-entropy for [n, classes] and [n, time, classes], else mean square."""
    if out.dim() == 0:
        return out, "self", None
    if kind == "auto":
        kind = "ce" if out.dim() in (2, 3) and out.shape[-1] > 1 and out.is_floating_point() else "mse"
    if kind == "ce":
        classes = out.shape[-1]
        target = torch.randint(0, classes, tuple(out.shape[:-1]))
        return F.cross_entropy(out.reshape(-1, classes), target.reshape(-1)), kind, target
    return (out.sum() if kind == "sum" else (out * out).mean()), kind, None


def probe():
    """The next integer that the generator would give; its state is put back."""
    state = torch.get_rng_state()
    value = torch.randint(0, 2**31, (1,)).item()
    torch.set_rng_state(state)
    return value


class Counted(TorchDispatchMode):
    """Counts the ATen operators of what runs inside."""

    def __init__(self):
        super().__init__()
        self.calls = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls[str(func)] = self.calls.get(str(func), 0) + 1
        return func(*args, **(kwargs or {}))


class Rounding(TorchDispatchMode):
    """Notes whether what runs inside computes in float32."""

    def __init__(self):
        super().__init__()
        self.seen = False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        self.seen = self.seen or (torch.is_tensor(out) and out.dtype in (torch.float32, torch.complex64) and out.dim() > 0)
        return out


def listen(model, layers):
    """Records l2 of every leaf module's output, and of the gradient that arrives there, per call."""
    calls = {}

    def before(module, args):
        module.__dict__["entered"] = [x._version for x in args[:1] if torch.is_tensor(x)]

    def hook(path):
        def record(module, args, out):
            if not (torch.is_tensor(out) and out.is_floating_point()):
                return
            entry = {"path": path, "type": type(module).__name__, "call": calls.get(path, 0)}
            calls[path] = entry["call"] + 1
            entry.update(shape=list(out.shape), l2=float(out.detach().double().norm()), gradL2=None)
            layers.append(entry)
            if not out.requires_grad:
                return
            if not (args and out is args[0] and [out._version] == module.__dict__["entered"]):
                # A tensor of its own: PyTorch 1.13 tells a hook of a tensor that one layer made and the next
                # overwrote the gradient of another moment.
                out = out.clone()
            out.register_hook(lambda grad: entry.update(gradL2=float(grad.double().norm())))
            return out

        return record

    for path, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_pre_hook(before)
            module.register_forward_hook(hook(path))


def describe(model, inputs=None):
    """Per parameter, then per input that is a leaf: name, shape, l2 of value and gradient, first three elements of the gradient."""
    parameters = []
    for name, value in [*model.named_parameters(), *(inputs or {}).items()]:
        grad = value.grad
        entry = {"name": name, "shape": list(value.shape), "l2": None, "first": []}
        entry["valueL2"] = float(value.detach().double().norm())
        if grad is not None:
            grad = grad.to_dense() if grad.is_sparse else grad
            entry["l2"] = float(grad.detach().double().norm())
            entry["first"] = [float(x) for x in grad.detach().reshape(-1)[:3]]
        parameters.append(entry)
    return parameters


def seed_all(case):
    seed = case.get("seed", 0)
    torch.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed)


def build(case, module):
    """The case's model."""
    names = module.__dict__
    for name, value in case.get("globals", {}).items():
        names[name] = evaluate(value, names)
    names.setdefault("torch", torch)
    names.setdefault("types", types)
    seed_all(case)
    entry = module
    for part in case["entry"].split("."):
        entry = getattr(entry, part)
    if case.get("function"):
        model = nn.Module()
        model.forward = entry
        return model
    args, kwargs = evaluate(case.get("args", []), names), evaluate(case.get("kwargs", {}), names)
    return entry(*args, **kwargs)


def run(case, module, dtype, want):
    """Builds, draws, runs and differentiates once. want: set of "ops", "layers", "rounding"."""
    names = module.__dict__
    model = build(case, module)
    said = {"rngAfterBuild": probe()}
    model.train(case.get("mode", "train") == "train")
    names["model"] = model
    inputs = [make_input(spec, names) for spec in case["inputs"]]
    said["rngAfterInputs"] = probe()
    if dtype == "float64":
        model = model.double()
        inputs = [doubled(x) for x in inputs]
    layers = []
    if "layers" in want and not case.get("requires_grad"):  # a loss's own functional calls are layers to us, and no modules
        listen(model, layers)
    call = getattr(model, case["call"]) if case.get("call") else model
    leaves = Leaves(case, call)
    inputs = leaves.given(inputs)
    options = evaluate(case.get("call_kwargs", {}), names)
    counted = Counted() if "ops" in want else None
    rounding = Rounding() if "rounding" in want and dtype == "float64" else None
    with counted or contextlib.nullcontext(), rounding or contextlib.nullcontext():
        out = call(*inputs, **options)
        said["rngAfterForward"] = probe()
        out = differentiable(out, case.get("output"))
        if out is None:
            raise RuntimeError("no differentiable tensor in the output")
        loss, said["lossKind"], target = loss_of(out, case.get("loss", "auto"))
        for entry in layers:  # what a penalty's own gradient left there
            entry["gradL2"] = None
        loss.backward()
    said.update(loss=float(loss), outputShape=list(out.shape))
    said["targetFirst"] = [] if target is None else target.reshape(-1)[:8].tolist()
    said["parameters"] = describe(model, leaves.tensors)
    if rounding:
        said["rounds"] = rounding.seen
    if counted:
        said["ops"] = counted.calls
    if "layers" in want:
        said["layers"] = layers
    return said


class FirstStep(Exception):
    """Raised in place of the first optimizer step of a script."""


def run_script(case, root):
    """Runs the file as __main__ up to the first optimizer.step(): the gradients that it would have used."""
    losses, modules = [], []
    backward, optimizer_init = torch.Tensor.backward, torch.optim.Optimizer.__init__
    module_init = nn.Module.__init__

    def counted_backward(self, *args, **kwargs):
        losses.append(float(self.detach().sum()))
        return backward(self, *args, **kwargs)

    def stopping_init(self, *args, **kwargs):
        optimizer_init(self, *args, **kwargs)

        own_step = self.step

        def step(*args, **kwargs):
            if not losses and all(p.grad is None for group in self.param_groups for p in group["params"]):
                return own_step(*args, **kwargs)  # no training yet
            raise FirstStep(self)

        self.step = step

    def listed_init(self, *args, **kwargs):
        module_init(self, *args, **kwargs)
        modules.append(self)

    torch.Tensor.backward = counted_backward
    torch.optim.Optimizer.__init__ = stopping_init
    nn.Module.__init__ = listed_init
    path = os.path.join(root, case["file"])
    sys.argv = [path, *case.get("argv", [])]
    seed_all(case)
    try:
        runpy.run_path(path, run_name="__main__")
    except FirstStep as stop:
        optimizer = stop.args[0]
    else:
        raise RuntimeError("the script ended without optimizer.step()")
    owned = {id(p) for group in optimizer.param_groups for p in group["params"]}
    model = max(modules, key=lambda module: sum(id(p) in owned for p in module.parameters()))
    said = {"loss": losses[-1], "lossKind": "script", "rngAtStep": probe(), "targetFirst": []}
    said["parameters"] = describe(model)
    return said


def witness_case(request):
    """{case, root, library?, last?, sources?, named?, dtype?, want?} → what `run` or `run_script` says."""
    case, root = request["case"], request["root"]
    with contextlib.redirect_stdout(io.StringIO()):
        prepare(case, root, request.get("library", []), request.get("last", []))
        if case.get("each"):
            if request.get("dtype") == "float64":
                raise ValueError("a script has its own dtypes")
            return script_case.run(case, root, request.get("sources", []), request.get("named", []))
        if case.get("script"):
            return run_script(case, root)
        module = load(case, root)
        dtype = request.get("dtype", "float32")
        return run(case, module, dtype, set(request.get("want", [])))
