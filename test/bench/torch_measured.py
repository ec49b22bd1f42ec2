"""The rival: the same analysis under real PyTorch, with hooks.

Usage: torch_measured.py FILE ENTRY INPUT [--serve]

Seeds, builds ENTRY of FILE, draws input and target, runs forward and backward, and takes of every parameter, every
gradient, every leaf module's output and the gradients at its output and input the numbers that Chainrule takes. Prints the table of
layers; with --serve it runs once per line of standard input, and once more without hooks and statistics, and prints one line of JSON each; for
the line "double" it prints loss and norms of one step in float64.
"""
import importlib
import importlib.util
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

F16_FLUSHED = 2.0**-25  # up to here a number rounds to 0 in float16
F16_NORMAL = 2.0**-14 - 2.0**-25  # from here to a normal number
F16_OVERFLOW = 65520.0  # from here to infinity


def stats(x):
    """One tensor's numbers: sums, extrema, special values, float16's losses, a histogram of exponents."""
    x = x.detach().reshape(-1)
    count = x.numel()
    a = x.abs()
    histogram = torch.bincount(a.view(torch.int32) >> 23, minlength=256)
    bad = int(histogram[255])
    nans = infs = 0
    if bad:
        nans = int(torch.isnan(x).sum())
        infs = bad - nans
        x = x[torch.isfinite(x)]
        a = x.abs()
    zeros = count - int(torch.count_nonzero(x)) - bad
    flushed = int((a <= F16_FLUSHED).sum())
    low = int((a < F16_NORMAL).sum())
    over = int((a >= F16_OVERFLOW).sum())
    square = float(torch.dot(x, x))
    mean = float(x.sum()) / max(count - bad, 1)
    alive = max(count - zeros - nans, 1)
    return {
        "dtype": str(x.dtype)[6:],
        "count": count,
        "l2": square**0.5,
        "rms": (square / max(count, 1)) ** 0.5,
        "mean": mean,
        "std": max(square / max(count - bad, 1) - mean * mean, 0.0) ** 0.5,
        "absMax": float(a.max()),
        "meanAbs": float(a.sum()) / max(count - bad, 1),
        "zeros": zeros,
        "nans": nans,
        "infs": infs,
        "exponents": histogram[1:255].tolist(),
        "float16": {
            "flushed": (flushed - zeros) / alive,
            "subnormal": (low - flushed) / alive,
            "overflow": (over + infs) / alive,
        },
    }


class Recorder:
    """Hooks on every leaf module. Gradients are taken at the autograd node, which in-place activations do not disturb."""

    def __init__(self, model):
        self.rows = []
        for name, module in model.named_modules():
            if not list(module.children()):
                module.register_forward_pre_hook(self.enter)
                module.register_forward_hook(self.leave(name))

    def enter(self, module, inputs):
        self.source = inputs[0].grad_fn

    def leave(self, name):
        def hook(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output  # of a recurrent layer the sequence
            row = {"path": name, "type": type(module).__name__, "shape": list(output.shape), "output": stats(output)}
            self.rows.append(row)
            source = self.source
            node = output.grad_fn
            ways = [i for i, (edge, _) in enumerate(node.next_functions) if edge is source and edge is not None]

            def back(grad_inputs, grad_outputs):
                row["outputGrad"] = stats(grad_outputs[0])
                for i in ways:
                    if grad_inputs[i] is not None:
                        row["inputGrad"] = stats(grad_inputs[i])

            node.register_hook(back)

        return hook


def load(file):
    """The file as a module: by its package's name where it lies in one."""
    folder, base = os.path.split(os.path.abspath(file))
    parts = [base[:-3]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, tail = os.path.split(folder)
        parts.insert(0, tail)
    sys.path.insert(0, folder)
    return importlib.import_module(".".join(parts))


def made(given):
    """A shape, or `randint(low, high, shape)`."""
    return eval(given, {"randint": torch.randint}) if given.startswith("randint") else torch.randn(*eval(given))


def loss_of(out):
    classes = out.shape[-1]
    target = torch.randint(0, classes, tuple(out.shape[:-1]))
    return F.cross_entropy(out.reshape(-1, classes), target.reshape(-1))


def step(file, entry, given, double=False):
    """One step, forward and backward, that nobody looks at. -> its ms, the model, the loss."""
    torch.manual_seed(0)
    model = getattr(load(file), entry)()
    x = made(given)
    if double:
        model, x = model.double(), x.double() if x.is_floating_point() else x
    start = time.perf_counter()
    loss = loss_of(model(x))
    loss.backward()
    return 1000 * (time.perf_counter() - start), model, loss.item()


def double(file, entry, given):
    """The loss and each gradient's norm in float64: what both sides' float32 is an approximation of."""
    _, model, loss = step(file, entry, given, double=True)
    return {"loss": loss, "l2": {name: p.grad.norm().item() for name, p in model.named_parameters()}}


def analyze(file, entry, given):
    start = time.perf_counter()
    module = load(file)
    torch.manual_seed(0)
    model = getattr(module, entry)()
    model.train()
    x = made(given)
    recorder = Recorder(model)
    built = time.perf_counter()
    out = model(x)
    loss = loss_of(out)
    forward = time.perf_counter()
    loss.backward()
    backward = time.perf_counter()
    parameters = {name: {"value": stats(p), "grad": stats(p.grad)} for name, p in model.named_parameters()}
    end = time.perf_counter()
    ms = {"forward": forward - built, "backward": backward - forward, "measure": end - backward, "total": end - start}
    return loss.item(), recorder.rows, parameters, {name: 1000 * s for name, s in ms.items()}


def table(rows):
    for row in rows:
        out, above, below = row["output"], row["outputGrad"], row.get("inputGrad")
        factor = below["rms"] / above["rms"] if below and above["rms"] else float("nan")
        shape = str(row["shape"])
        print(f"{row['path']:24}  {row['type']:18} {shape:20} {out['rms']:9.3g} {above['rms']:9.3g} {factor:9.3g}")


def main():
    file, entry, given = sys.argv[1:4]
    threads = os.environ.get("TORCH_THREADS")
    if threads:
        torch.set_num_threads(int(threads))
    if "--serve" not in sys.argv:
        return table(analyze(file, entry, given)[1])
    print(json.dumps({"torch": torch.__version__, "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        if line.strip() == "double":
            print(json.dumps(double(file, entry, given)), flush=True)
            continue
        loss, rows, parameters, ms = analyze(file, entry, given)
        ms["plain"] = step(file, entry, given)[0]
        l2 = {name: p["grad"]["l2"] for name, p in parameters.items()}
        print(json.dumps({"loss": loss, "l2": l2, "layers": len(rows), "ms": ms}), flush=True)


main()
