"""A script under real PyTorch as Chainrule runs it: its harness around the script and its synthetic data, PyTorch's own arithmetic.

The project is copied into the current folder first, sources and small texts alone: what the script writes stays there.
"""

import contextlib
import importlib
import importlib.util
import math
import os
import shutil
import sys
import types

import torch
import torchvision

import stand_ins

LARGEST = 4 * 2**20  # bytes of a text that is copied
TEXTS = (".py", ".json", ".yaml", ".yml", ".toml", ".csv", ".tsv", ".txt", ".cfg", ".ini", ".conf", ".names", ".md", ".rst")


def run(case, root, sources, named):
    """{loss, parameters, rngAtStep, …} at the first step of each optimizer; `sources`: the files that the run saw, below `root`; `named`: paths in them."""
    top = case["file"].split("/")[0] if "/" in case["file"] else ""
    copied = os.path.join(os.getcwd(), "project")
    copy(os.path.join(root, top), copied)
    here = lambda path: os.path.join(copied, os.path.relpath(path, top) if top else path)
    file = here(case["file"])
    pretend_engine(copied)
    # Python tells the types of a node's fields since 3.13.
    importlib.import_module("chainrule.statements")._below = lambda kind: tuple(name for name in kind._fields if name != "ctx")
    scripts, surroundings = (importlib.import_module(f"chainrule.{name}") for name in ("scripts", "surroundings"))
    places, project, measured = (importlib.import_module(f"chainrule.{name}") for name in ("places", "project", "measured"))
    synthetic_sets()
    in_one_process()
    scripts.Clock, scripts.Watch = NoClock, watching(scripts.Watch)
    # The terms of a loss are read from Chainrule's tape.
    importlib.import_module("chainrule.updates").Updates.pass_of = lambda updates, optimizer, loss, run: run()
    measured.values, scripts.specs.probe = values, probe
    descriptor = torch.Tensor.grad
    torch.Tensor.grad = property(descriptor.__get__, descriptor.__set__, descriptor.__delete__)
    places.files.update({here(path): path for path in sources if not path.startswith("..")})
    project.folders[:] = [copied]
    sys.path[:0] = [os.path.dirname(file)]
    os.chdir(os.path.dirname(file))
    surroundings.install([])
    project.enter(file, named)
    said = scripts.run(case, {"file": file}, {})
    for entry in said["parameters"]:
        if "grad" in entry:
            entry.update(l2=None, first=[])
    return {
        "loss": said["loss"],
        "lossKind": "script",
        "rngAtStep": said["probes"]["rngAfterForward"],
        "targetFirst": [],
        "parameters": [{key: entry[key] for key in ("name", "shape", "l2", "first", "valueL2")} for entry in said["parameters"]],
    }


def copy(source, target):
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        into = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(into, exist_ok=True)
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(TEXTS) and not os.path.islink(path) and os.path.getsize(path) <= LARGEST:
                shutil.copy(path, into)


def pretend_engine(copied):
    """What Chainrule's harness asks of its own torch, beside what `stand_ins.lend_packages` gives."""
    engine = sys.modules["torch._engine"]
    nothing = types.SimpleNamespace(recording=lambda flag: 0, limitTime=lambda seconds: 0, flops=lambda: math.inf, graphs=lambda: 0, misfits=lambda: "[]", crossings=lambda: "[]", settle=lambda: 0)
    engine.bridge, engine.root = lambda: nothing, copied
    torch._engine = engine
    layers = types.ModuleType("torch._layers")
    layers.calls, layers.crossed, layers.given, layers.reset, layers.is_open, layers.following = {}, {}, {}, lambda: None, lambda: False, lambda: 0
    sys.modules["torch._layers"] = torch._layers = layers


def synthetic_sets():
    """Chainrule's data sets in torchvision's place; their pictures are PIL's."""
    from PIL import Image

    path = os.path.join(stand_ins.OURS, "torchvision/datasets/__init__.py")
    spec = importlib.util.spec_from_file_location("torchvision.datasets", path)
    module = importlib.util.module_from_spec(spec)
    for name in [name for name in sys.modules if name.startswith("torchvision.datasets")]:
        del sys.modules[name]
    sys.modules["torchvision.datasets"] = torchvision.datasets = module
    spec.loader.exec_module(module)
    drawn = lambda pixels: Image.fromarray(pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).contiguous().numpy())
    module.Image = types.SimpleNamespace(Image=drawn)


def in_one_process():
    """Data loaders without workers, as Chainrule's: what a worker draws is not compared."""
    init = torch.utils.data.DataLoader.__init__

    def made(self, *args, num_workers=0, persistent_workers=False, prefetch_factor=2, multiprocessing_context=None, pin_memory=False, **kwargs):
        init(self, *args, **kwargs)

    torch.utils.data.DataLoader.__init__ = made


class NoClock(contextlib.nullcontext):
    """The witness runs as long as it takes."""

    def __init__(self, seconds):
        super().__init__(None)


def watching(watch):
    """PyTorch's schedulers wrap an optimizer's method `step` unless it is wrapped already: the watch's own is no method."""

    class Watching(watch):
        def _follow(self, optimizer):
            super()._follow(optimizer)
            optimizer.step._with_counter = True

    return Watching


def probe():
    """The next draw of the generator, without drawing it."""
    state = torch.get_rng_state()
    drawn = torch.randint(0, 2**31, (1,)).item()
    torch.set_rng_state(state)
    return drawn


def values(p):
    grad = p.grad.to_dense() if p.grad is not None and p.grad.is_sparse else p.grad
    return {
        "valueL2": float(p.detach().double().norm()),
        "l2": None if grad is None else float(grad.detach().double().norm()),
        "first": [] if grad is None else [float(x) for x in grad.detach().reshape(-1)[:3]],
    }
