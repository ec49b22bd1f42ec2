"""Real PyTorch as a witness: one JSON request per line on stdin, one JSON answer per line on stdout.

Each request runs in a forked child, so that patches, seeds, imports and crashes end with it:
  {"verb": "case", "case": {…}, "root": DIR, "library"?: [DIR], "last"?: [DIR], "sources"?: [FILE], "dtype"?, "want"?: ["ops", "layers", "rounding"]}
  {"verb": "eval", "code": TEXT, "data"?: JSON}    answers the value of `result`; sees torch, nn, F, data, once_rounded (once_rounded.py)
  {"verb": "builders"}                             answers cases, see builders.py
  {"verb": "size", "case": {…}, "root": DIR}       answers the number of elements of the parameters
Tensors answer as {"shape", "dtype", "data": nested list}; NaN and ±inf as "nan", "inf", "-inf".
An answer is {"ok": value} or {"error": "Type: message", "trace": TEXT}.
"""

import contextlib
import io
import json
import math
import os
import sys
import tempfile
import traceback
import warnings

warnings.simplefilter("ignore")
sys.dont_write_bytecode = True

import torch
import torch.nn as nn
import torch.nn.functional as F

import builders
import model_case
import once_rounded

sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
torch.set_num_threads(1)


def plain(value):
    """Any result as JSON."""
    if torch.is_tensor(value):
        value = value.detach()
        value = value.to_dense() if value.is_sparse else value
        parts = torch.view_as_real(value.resolve_conj()) if value.is_complex() else value
        dtype = str(value.dtype)[6:]
        return {"shape": list(value.shape), "dtype": dtype, "data": plain(parts.tolist())}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def witness_eval(request):
    """The value of `result` after the code ran."""
    names = {"torch": torch, "nn": nn, "F": F, "math": math, "data": request.get("data"), "once_rounded": once_rounded.once_rounded}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(request["code"], names)
    return names.get("result")


VERBS = {
    "case": model_case.witness_case,
    "eval": witness_eval,
    "builders": builders.witness_builders,
    "size": builders.witness_size,
}


def answer(line):
    try:
        request = json.loads(line)
        return json.dumps({"ok": plain(VERBS[request["verb"]](request))})
    except BaseException as error:
        said = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
        return json.dumps(said)


def in_child(line):
    """The answer of a forked child, or its death."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            pipe.write(answer(line))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    status = os.waitpid(child, 0)[1]
    return text or json.dumps({"error": f"Died: status {status}", "trace": ""})


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a model prints below Python may not mix with the answers
    print('{"ok": "ready"}', file=out, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for line in sys.stdin:
            print(in_child(line), file=out, flush=True)


if __name__ == "__main__":
    main()
