/** One witness and one engine, asked the same cases; agreement is asserted and kept for a table. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { collectSources, Engine } from "../../engine/client.ts";
import type { Case } from "../../engine/protocol.ts";
import { allowed, differences, expectedFrom, type Difference, type Dtype } from "./agree.ts";
import { layerDifferences } from "./agreeLayers.ts";
import { whyStopped } from "./corpus.ts";
import { Witness } from "./witness.ts";

export const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
export const MODELS = fileURLToPath(new URL("../parity/models", import.meta.url));
/** Where Debian puts python3-torchvision. */
export const PACKAGES = "/usr/lib/python3/dist-packages";

const MOUNT = "/parity"; // reports carry no path of this machine
const BUDGET = { ms: 300_000, bytes: 3.5 * 2 ** 30 };

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

interface Row {
  readonly id: string;
  readonly parameters: number;
  readonly dtype: Dtype;
  readonly ms: number;
  readonly worst: string;
}

/** How many differences, and the first three. */
function say(found: readonly Difference[]): string {
  const lines = found.slice(0, 3).map(({ what, ours, theirs, off }) => {
    return `${what}: ${ours}, PyTorch has ${theirs} (off by ${off.toExponential(1)})`;
  });
  return `${String(found.length)} differ:\n  ${lines.join("\n  ")}`;
}

export class Parity {
  readonly #witness = new Witness();
  readonly #engine = new Engine({ dir: DIST });
  readonly #rows: Row[] = [];

  async start(): Promise<void> {
    await this.#witness.start();
  }

  /** `root` holds the case's file; `roots` are searched for its imports. Asserts agreement in both dtypes. */
  async check(one: Case, root: string, roots: readonly string[] = []): Promise<void> {
    const ask = { verb: "case", case: one, root, want: ["layers"] } as const;
    const f32 = await this.#witness.ask(ask);
    const f64 = await this.#witness.ask({ ...ask, dtype: "float64" });
    const expected = expectedFrom(f32, f64);
    assert.ok(
      expected.parameters.some((p) => (p.l2F64 ?? 0) > 0),
      "a case without a gradient proves nothing",
    );
    const real = (path: string): string => path.replace(MOUNT, root);
    const file = `${MOUNT}/${one.file}`;
    const mounted = roots.map((dir) => (dir === root ? MOUNT : dir));
    const { sources } = await collectSources(file, {
      roots: mounted,
      read: (path) => read(real(path)),
    });
    for (const dtype of ["float64", "float32"] as const) {
      const start = performance.now();
      const request = { file, sources, roots: mounted, case: one, dtype, budget: BUDGET };
      const report = await this.#engine.analyze(request);
      const stopped = whyStopped(report);
      assert.ok(
        !stopped,
        `${dtype}: ${stopped?.state ?? ""} ${stopped?.cause ?? ""}\n${report.log}`,
      );
      const found = differences(report, expected, dtype);
      if (dtype === "float64") found.push(...layerDifferences(report, f32, f64));
      const ms = Math.round(performance.now() - start);
      const share = found[0] ? found[0].off / allowed(expected, dtype) : 0;
      const worst = found[0] ? `${found[0].what} ×${share.toExponential(0)}` : "agrees";
      this.#rows.push({ id: one.id, parameters: expected.parameters.length, dtype, ms, worst });
      assert.ok(found.length === 0, `${dtype}: ${say(found)}`);
    }
  }

  /** One line per case and dtype. */
  table(): string {
    const lines = this.#rows.map(({ id, parameters, dtype, ms, worst }) => {
      return [
        id.padEnd(40),
        String(parameters).padStart(4),
        dtype,
        `${String(ms).padStart(6)} ms`,
        worst,
      ].join("  ");
    });
    return lines.join("\n");
  }

  async stop(): Promise<void> {
    await this.#engine.dispose();
    await this.#witness.stop();
  }
}
