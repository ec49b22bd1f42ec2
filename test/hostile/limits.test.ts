/** A run that hangs, eats memory or kills its interpreter is ended with a clear error, and the next one works. */
import assert from "node:assert/strict";
import { Engine } from "../../engine/client.ts";
import { checkHealthy, checkReplaced, DIST, request, runFile } from "./room.ts";

const MB = 2 ** 20;

describe("limits", () => {
  const engine = new Engine({ dir: DIST });
  after(() => engine.dispose());

  it("ends an infinite loop at the budget and says where it was", async () => {
    const code = "while True: pass";
    const error = await checkReplaced(engine, code, /^timeout$/, {
      budget: { ms: 1000, bytes: 256 * MB },
    });
    assert.match(error.message, /took longer than 1 s; it was at: \w+ \(.*hostile\.py/);
  });

  it("ends a loop that catches everything", async () => {
    const code = "while True:\n  try:\n    while True: pass\n  except BaseException: pass";
    await checkReplaced(engine, code, /^timeout$/, { budget: { ms: 700, bytes: 256 * MB } });
  });

  it("answers a bomb of lists with MemoryError", async () => {
    const code =
      "x = []\ntry:\n  while True: x.append(bytearray(1 << 20))\nexcept MemoryError: n = len(x); x = None; print('stopped', n)";
    const { log } = await runFile(engine, code, { budget: { ms: 30_000, bytes: 256 * MB } });
    const reached = Number(/stopped (\d+)/.exec(log)?.[1]);
    assert.ok(reached > 64 && reached <= 256, log);
    await checkHealthy(engine);
  });

  it("refuses one huge object", async () => {
    const code =
      "try:\n  bytearray(10**12)\nexcept (MemoryError, OverflowError) as e: print('refused', type(e).__name__)";
    assert.match((await runFile(engine, code)).log, /refused/);
  });

  it("ends a run that fills the file system", async () => {
    const code = "i = 0\nwhile True:\n  i += 1\n  open(f'/tmp/{i}', 'wb').write(bytes(1 << 24))";
    await checkReplaced(engine, code, /^(memory|worker-died)$/, {
      budget: { ms: 60_000, bytes: 128 * MB },
    });
  });

  it("gives deep recursion Python's own error", async () => {
    const code =
      "def f(n): return f(n + 1)\ntry:\n  f(0)\nexcept RecursionError as e: print('RecursionError', e)";
    assert.match((await runFile(engine, code)).log, /RecursionError maximum recursion depth/);
  });

  it("survives recursion without a limit", async () => {
    const code =
      "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\ntry:\n  f(0)\nexcept RecursionError: print('RecursionError')";
    const outcome = await runFile(engine, code).then(
      ({ log }) => log,
      (error: { code: string }) => error.code,
    );
    assert.match(outcome, /RecursionError|worker-died/);
    await checkHealthy(engine);
  });

  it("recurses through C code as deep as CPython", async () => {
    const code =
      "import ast\nprint('value', eval('+'.join(['1'] * 900)))\nx = []\nfor _ in range(500): x = [x]\nprint('repr', len(repr(x)))";
    assert.match((await runFile(engine, code)).log, /value 900\nrepr 1002/);
  });

  for (const [name, code] of [
    ["sys.exit", "import sys; sys.exit(3)"],
    ["os._exit", "import os; os._exit(1)"],
    ["os.abort", "import os; os.abort()"],
    ["a null pointer", "import ctypes; ctypes.string_at(0xffffff00, 1000)"],
    ["a wild write", "import ctypes; ctypes.memset(0, 1, 3_000_000)"],
    ["a closed stdout", "import os, sys; os.close(1); os.close(2); print('x')"],
    ["a broken import system", "import sys; sys.modules.clear(); sys.meta_path.clear()"],
    ["broken builtins", "import builtins\nfor n in list(vars(builtins)): delattr(builtins, n)"],
    ["an error whose str fails", "class E(Exception):\n  def __str__(self): raise self\nraise E"],
  ] as const) {
    it(`goes on after ${name}`, async () => {
      const text = `open('/tmp/trace', 'w').write('x')\n${code}`;
      const budget = { ms: 5000, bytes: 256 * MB };
      const outcome = await runFile(engine, text, { budget }).then(
        () => "report",
        (error: { code: string }) => error.code,
      );
      assert.match(outcome, /^(report|worker-died|internal|timeout)$/);
      await checkHealthy(engine);
    });
  }

  it("shares no memory between runs", async () => {
    const { log } = await runFile(
      engine,
      `import pyodide_js
config = pyodide_js._api.config
shared = [k for k in dir(config) if "Shared" in str(getattr(getattr(config, k, None), "buffer", ""))]
print("shared", shared, hasattr(config, "_loadSnapshot"))`,
    );
    assert.match(log, /shared \[\] False/);
  });

  it("queues runs and keeps them apart", async () => {
    const files = [1, 2, 3].map((n) =>
      runFile(engine, `import math\nprint(${n}, hasattr(math, 'mark'))\nmath.mark = 1`),
    );
    const logs = (await Promise.all(files)).map(({ log }) => log.trim());
    assert.deepEqual(logs, ["1 False", "2 False", "3 False"]);
  });

  it("cancels a run at once", async () => {
    const controller = new AbortController();
    const running = engine.analyze(request("while True: pass"), {
      signal: controller.signal,
      onProgress: (phase) => {
        if (phase === "import") controller.abort();
      },
    });
    await assert.rejects(running, { code: "cancelled" });
    await checkHealthy(engine);
  });
});
