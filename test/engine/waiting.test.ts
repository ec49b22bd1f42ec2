/** What a run waits for before it begins and while it runs: a cancelled one waits for nothing, and a late thread hears what was said in time. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { Door, Engine, type AnalyzeRequest, type Disk } from "../../engine/client.ts";
import { afterAll } from "../../engine/doors/waiting.ts";
import { DIST } from "../support/analyst.ts";

const requestOf = (text: string, ms = 60_000): AnalyzeRequest => ({
  ...{ file: "/p/a.py", sources: { "/p/a.py": text }, roots: [] },
  budget: { ms, bytes: 2 ** 28 },
});
const ENDLESS = requestOf("while True: pass", 5000);
const CANCELLED = { code: "cancelled" };

/** This thread stands still. */
const stop = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

describe("waiting", () => {
  it("counts no time in which the thread stood still", async () => {
    let isOver = false;
    const over = new Promise<void>((resolve) => {
      afterAll(2000, () => {
        isOver = true;
        resolve();
      });
    });
    stop(2500);
    await sleep(1);
    await turn();
    assert.ok(!isOver);
    await over;
  });

  it("a run that is cancelled at any moment before it begins is not made", async () => {
    const engine = new Engine({ dir: DIST });
    try {
      for (const turns of [0, 1, 2, 4, 8, 16]) {
        await engine.analyze(requestOf("x = 1"));
        // The last run's worker is still ending.
        const cancel = new AbortController();
        const run = assert.rejects(engine.analyze(ENDLESS, { signal: cancel.signal }), CANCELLED);
        for (let i = 0; i < turns; i++) await turn();
        cancel.abort();
        await run;
      }
    } finally {
      await engine.dispose();
    }
  });

  it("a run that waits for its turn is cancelled at once", async () => {
    const engine = new Engine({ dir: DIST });
    const [first, second] = [new AbortController(), new AbortController()];
    const order: string[] = [];
    const run = (name: string, { signal }: AbortController): Promise<unknown> =>
      assert
        .rejects(engine.analyze(requestOf("while True: pass"), { signal }), CANCELLED)
        .then(() => order.push(name));
    try {
      const both = [run("first", first), run("second", second)];
      second.abort();
      await both[1];
      first.abort();
      await both[0];
      assert.deepEqual(order, ["second", "first"]);
      assert.match((await engine.analyze(requestOf("print('alive')"))).log, /alive/);
    } finally {
      await engine.dispose();
    }
  });

  it("a disk that does not answer holds up no cancelled run, nor the next one", async () => {
    const engine = new Engine({ dir: DIST });
    let isStuck = false;
    const never = new Promise<never>(() => undefined);
    const disk: Disk = {
      list: () => Promise.resolve([{ name: "far.py", kind: "file" as const }]),
      read: () => (isStuck ? never : Promise.resolve("x = 1\n")),
      size: () => Promise.resolve(6),
    };
    const door = new Door({ workspace: ["/far"], environment: [] }, disk);
    const request = requestOf("import sys\nsys.path.append('/far')\nimport far\nprint(far.x)");
    try {
      assert.match((await engine.analyze(request, { door, again: true })).log, /1/);
      isStuck = true;
      const cancel = new AbortController();
      const { signal } = cancel;
      const run = assert.rejects(engine.analyze(request, { door, again: true, signal }), CANCELLED);
      await turn();
      cancel.abort();
      await run;
      assert.match((await engine.analyze(requestOf("print('alive')"))).log, /alive/);
    } finally {
      await engine.dispose();
    }
  });

  it("a report that came in time counts, though the thread looks late", async () => {
    const cache = mkdtempSync(join(tmpdir(), "chainrule-"));
    const engine = new Engine({ dir: DIST, cache });
    // The worker writes what V8 made of its script just before its report.
    const isNear = (): boolean => readdirSync(cache).some((name) => name.endsWith(".code"));
    try {
      const ms = 2000;
      const standStill = (): void => {
        for (const end = performance.now() + 60_000; !isNear() && performance.now() < end;)
          stop(10);
        stop(ms + 500);
      };
      let isAsleep = false;
      const { log } = await engine.analyze(requestOf("print('in time')", ms), {
        onProgress: (phase) => {
          // Behind the messages of this turn: timers are looked at next.
          if (phase !== "boot" && !isAsleep) setImmediate(standStill);
          isAsleep ||= phase !== "boot";
        },
      });
      assert.match(log, /in time/);
    } finally {
      await engine.dispose();
      rmSync(cache, { recursive: true });
    }
  });

  it("a run whose successor cannot be started keeps its report, and the next one says why", async () => {
    const files = { dir: DIST };
    const engine = new Engine(files);
    try {
      const run = engine.analyze(requestOf("print('done')"), {
        onProgress: (phase) => {
          if (phase !== "boot") files.dir = "nowhere"; // Node starts no thread by such a path
        },
      });
      assert.match((await run).log, /done/);
      await assert.rejects(engine.analyze(requestOf("")), {
        code: "worker-died",
        message: /no analysis thread can be started: /,
      });
    } finally {
      await engine.dispose();
    }
  });
});
