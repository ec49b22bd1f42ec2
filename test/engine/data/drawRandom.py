"""Writes random.json beside this file: draws of real PyTorch (1.13.1, CPU, no MKL) for test/engine/random.test.ts.

python3 drawRandom.py. A case is a name, a seed and an expression; its record holds the element type (0 f32, 1 f64; integers as f64), the
number of elements, the SHA-256 of the little-endian bytes, and the bits of some elements (all, where `every` is set) as hexadecimal.
"""
import hashlib, json, math, os
import torch
import torch.nn.functional as F

D = torch.float64
CASES = [
    ("rand", 7, "torch.rand(100000)"),
    ("rand, 3 values", 7, "torch.rand(3)"),
    ("rand f64", 7, "torch.rand(100000, dtype=D)"),
    ("uniform_ with Linear's bounds", 3, "torch.empty(100000).uniform_(-1 / math.sqrt(77), 1 / math.sqrt(77))"),
    ("uniform_ f64", 3, "torch.empty(100000, dtype=D).uniform_(-0.3, 0.7)"),
    *((f"randn {n}", 7, f"torch.randn({n})") for n in (1, 5, 15, 16, 17, 20, 53, 4096, 100000)),
    ("normal_(0.3, 0.7)", 5, "torch.empty(100003).normal_(0.3, 0.7)"),
    ("normal_(1, 0.02)", 5, "torch.empty(65536).normal_(1, 0.02)"),
    ("normal_(3, 1)", 5, "torch.empty(100000).normal_(3, 1)"),
    ("normal_ of a transposed matrix", 5, "torch.empty(40, 60).t().normal_(0.1, 2).t()"),
    ("randint", 7, "torch.randint(-5, 1000, (100000,))"),
    ("randint from 2^32 on", 7, "torch.randint(0, 2**40, (10000,))"),
    ("randperm 8", 7, "torch.randperm(8)"),
    ("randperm 1000", 7, "torch.randperm(1000)"),
    ("bernoulli_", 7, "torch.empty(10000).bernoulli_(0.3)"),
    ("bernoulli_ from an odd word on", 7, "torch.cat([torch.rand(3), *(torch.empty(901).bernoulli_(p) for p in (0.3, 0, 1, 0.5))])"),
    ("bernoulli of f32", 7, "torch.bernoulli(torch.rand(1000))"),
    ("bernoulli of f64", 7, "torch.bernoulli(torch.rand(1000, dtype=D))"),
    ("dropout", 7, "F.dropout(torch.ones(10000), 0.3, True)"),
    ("exponential_", 7, "torch.empty(100000).exponential_(1.5)"),
    ("geometric_", 7, "torch.empty(10000).geometric_(0.1)"),
    ("log_normal_", 7, "torch.empty(10000).log_normal_(0.1, 0.5)"),
    ("cauchy_", 7, "torch.empty(10000).cauchy_(0.1, 0.5)"),
    *((f"random_ {t}", 7, f"torch.empty(1000, dtype=torch.{t}).random_()")
      for t in ("float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")),
    ("random_(3, 17) f32", 7, "torch.empty(1000).random_(3, 17)"),
    ("multinomial, one draw", 7, "torch.multinomial(torch.tensor([[1.0, 2, 3, 4], [4, 0, 1, 0]]).repeat(50, 1), 1)"),
    ("multinomial without replacement", 7, "torch.multinomial(torch.arange(1.0, 101).repeat(3, 1), 20)"),
    ("multinomial with replacement", 7, "torch.multinomial(torch.arange(1.0, 101).repeat(3, 1), 200, replacement=True)"),
    ("multinomial f64", 7, "torch.multinomial(torch.arange(1.0, 101, dtype=D), 50)"),
    ("carry-over", 11, "torch.cat([torch.randn(n) for n in (5, 1, 16, 2, 7, 31, 3, 40, 1)])"),
    ("carry-over through other draws", 11, "torch.cat([torch.randn(3), torch.rand(5), torch.randn(1, dtype=D).float(),"
     " torch.randint(9, (3,)).float(), torch.randn(3)])"),
    ("erfinv", 7, "torch.empty(100000).uniform_(-1, 1).erfinv_()"),
    ("trunc_normal_", 7, "torch.nn.init.trunc_normal_(torch.empty(100000))"),
    ("seed 0", 0, "torch.cat([torch.rand(3), torch.randn(20)])"),
    ("seed -1", -1, "torch.cat([torch.rand(3), torch.randn(20)])"),
    ("seed 2^63 + 5", 2**63 + 5, "torch.cat([torch.rand(3), torch.randn(20)])"),
    ("Linear(77, 33)", 1, "torch.cat([p.detach().flatten() for p in torch.nn.Linear(77, 33).parameters()])"),
]
CLOSE = [  # the last bits are the C library's
    ("randn f64", 7, "torch.randn(1003, dtype=D)"),
    ("randn f64, 15 at a time", 7, "torch.cat([torch.randn(15, dtype=D) for _ in range(60)])"),
    ("exponential_ f64", 7, "torch.empty(1000, dtype=D).exponential_(1.5)"),
    ("cauchy_ f64", 7, "torch.empty(1000, dtype=D).cauchy_(0, 0.5)"),
    ("erfinv f64", 7, "torch.empty(1000, dtype=D).uniform_(-0.95, 0.95).erfinv_()"),
]

def record(name, seed, expression, every):
    torch.manual_seed(seed)
    x = eval(expression).contiguous().flatten()
    if x.dtype != torch.float32:
        x = x.to(D)
    array = x.numpy()
    bits = array.view("<u4" if x.dtype == torch.float32 else "<u8")
    step = 1 if every else max(1, len(bits) // 8)
    return {
        "name": name, "seed": str(seed), "expression": expression, "type": 0 if x.dtype == torch.float32 else 1, "count": len(bits),
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(), "step": step, "bits": [format(int(b), "x") for b in bits[::step]],
    }

records = {"torch": torch.__version__, "exact": [record(*c, False) for c in CASES], "close": [record(*c, True) for c in CLOSE]}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "random.json"), "w") as f:
    f.write('{"torch": %s,\n' % json.dumps(records["torch"]))
    f.write(",\n".join('"%s": [\n%s\n]' % (k, ",\n".join(map(json.dumps, records[k]))) for k in ("exact", "close")) + "}\n")
