/** One witness and one engine, asked the same cases; agreement is asserted and kept for a table. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { collectSources, Engine, type Door } from "../../engine/client.ts";
import type { Case } from "../../engine/protocol.ts";
import {
  allowed,
  differences,
  expectedFrom,
  worstNorm,
  type Difference,
  type Dtype,
  type Expected,
} from "./agree.ts";
import { layerDifferences } from "./agreeLayers.ts";
import { whyStopped } from "./corpus.ts";
import { Witness, WitnessError, type CaseRequest, type WitnessRun } from "./witness.ts";

export const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
export const MODELS = fileURLToPath(new URL("../parity/models", import.meta.url));

const MOUNT = "/parity"; // reports carry no path of this machine
const BUDGET = { ms: 300_000, bytes: 3.5 * 2 ** 30 };

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/** What PyTorch gives for a case in float32 and, unless the model is too large for it, float64. */
export interface Testimony {
  /** The folder that the case's file is in. */
  readonly root: string;
  readonly f32: WitnessRun;
  readonly f64: WitnessRun | null;
  readonly expected: Expected;
}

export interface Compared {
  readonly found: readonly Difference[];
  /** Why there is no report to compare. */
  readonly stopped?: string;
  /** Deviation of the number that deviates most. */
  readonly worst: number;
  readonly ms: number;
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
  readonly witness = new Witness();
  readonly #engine = new Engine({ dir: DIST });
  readonly #rows: Row[] = [];
  readonly #door: Door | undefined;

  /** `door`: the packages that the engine's runs may ask for, as a user's environment. */
  constructor(door?: Door) {
    this.#door = door;
  }

  async start(): Promise<void> {
    await this.witness.start();
  }

  /** A file of `root` and what it imports. Asserts agreement in both dtypes. */
  async check(one: Case, root: string): Promise<void> {
    const said = await this.testify(one, root, true);
    const { expected } = said;
    for (const dtype of ["float64", "float32"] as const) {
      const { found, stopped, ms } = await this.compare(one, said, dtype);
      const share = found[0] ? found[0].off / allowed(expected, dtype) : 0;
      const worst = found[0] ? `${found[0].what} ×${share.toExponential(0)}` : "agrees";
      this.#rows.push({ id: one.id, parameters: expected.parameters.length, dtype, ms, worst });
      assert.ok(stopped === undefined, `${dtype}: ${stopped ?? ""}`);
      assert.ok(found.length === 0, `${dtype}: ${say(found)}`);
    }
  }

  /** PyTorch's numbers. Asserts that there is a gradient. */
  async testify(one: Case, root: string, double: boolean): Promise<Testimony> {
    const ask = { verb: "case", case: one, root, want: ["layers"] } as const;
    const f32 = await this.witness.ask(ask);
    const f64 = double ? await this.#double(ask) : null;
    const expected = expectedFrom(f32, f64);
    assert.ok(
      expected.parameters.some((p) => (p.l2F64 ?? p.l2 ?? 0) > 0),
      "a case without a gradient proves nothing",
    );
    return { root, f32, f64, expected };
  }

  /** PyTorch's float64 run; some models do not run under the dispatch that watches for float32 inside. */
  async #double(ask: CaseRequest): Promise<WitnessRun> {
    const double = { ...ask, dtype: "float64" } as const;
    try {
      return await this.witness.ask({ ...double, want: ["layers", "rounding"] });
    } catch (error) {
      if (!(error instanceof WitnessError)) throw error;
      return { ...(await this.witness.ask(double)), rounds: true }; // unwatched: it may
    }
  }

  /** One run of the engine against PyTorch's numbers. */
  async compare(
    one: Case,
    { root, f32, f64, expected }: Testimony,
    dtype: Dtype,
  ): Promise<Compared> {
    const file = `${MOUNT}/${one.file}`;
    const real = (path: string): string => path.replace(MOUNT, root);
    const { sources } = await collectSources(file, {
      roots: [],
      read: (path) => read(real(path)),
    });
    const start = performance.now();
    const request = { file, sources, roots: [], case: one, dtype, budget: BUDGET };
    const report = await this.#engine.analyze(request, this.#door && { door: this.#door });
    const ms = Math.round(performance.now() - start);
    const stopped = whyStopped(report);
    if (stopped) {
      const why = `${stopped.state} ${stopped.cause}\n${report.log}`;
      return { found: [], stopped: why, worst: Infinity, ms };
    }
    const found = differences(report, expected, dtype);
    if (dtype === "float64" && f64) {
      const limit = allowed(expected, dtype);
      found.push(...layerDifferences(report, f32, f64).filter(({ off }) => off > limit));
    }
    return { found, worst: worstNorm(report, expected, dtype), ms };
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
    await this.witness.stop();
  }
}
