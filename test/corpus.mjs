/**
 * npm run corpus -- DIR [--only ID,…] [--dtype float32|float64] [--json OUT] [--data FOLDER]
 * Runs the cases of test/corpus/ (or of FOLDER: cases.json, results.json) on the sources in DIR and compares
 * with PyTorch: float64, then float32.
 * Exit code 1 where a case does not agree, 2 where DIR lacks a file that a case needs.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Engine } from "../engine/client.ts";
import { judge, loadCorpus, needs } from "./support/corpus.ts";

const WORKERS = 2;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    dtype: { type: "string" },
    json: { type: "string" },
    data: { type: "string" },
  },
});
if (!positionals[0]) {
  console.error(
    "usage: npm run corpus -- DIR [--only ID,…] [--dtype float32|float64] [--json OUT]",
  );
  process.exit(2);
}
const dir = resolve(positionals[0]);
const only = values.only?.split(",");
const all = await loadCorpus(values.data);
const cases = all.filter(({ case: { id } }) => !only || only.includes(id));
for (const id of only ?? []) {
  if (!all.some((item) => item.case.id === id)) fail([`no case ${id}`]);
}
const missing = cases.flatMap((item) =>
  needs(item.case).filter((path) => !existsSync(join(dir, path))),
);
if (missing.length) fail([...new Set(missing)].map((path) => `${dir} lacks ${path}`));

const dtypes = values.dtype ? [values.dtype] : ["float64", "float32"];
const outcomes = cases.map((item) => ({ id: item.case.id, float64: null, float32: null }));
const files = { dir: fileURLToPath(new URL("../dist/", import.meta.url)) };
const queue = [...cases.entries()];
await Promise.all(
  Array.from({ length: WORKERS }, async () => {
    const engine = new Engine(files);
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, item] = next;
      const outcome = outcomes[index];
      for (const dtype of dtypes) {
        if (dtype === "float64" && item.expected.lossF64 === null) continue;
        outcome[dtype] = await judge(engine, item, dir, dtype);
        const stopped = ["error", "unsupported"].includes(outcome[dtype].state);
        if (stopped && dtype === "float64") outcome.float32 = { ...outcome.float64, ms: 0 };
        if (stopped) break;
      }
      console.log(row(outcome));
    }
    await engine.dispose();
  }),
);
summary();
if (values.json) writeFileSync(values.json, JSON.stringify(outcomes, null, 1));
process.exit(outcomes.every((outcome) => agrees(outcome)) ? 0 : 1);

function fail(lines) {
  for (const line of lines) console.error(line);
  process.exit(2);
}

function agrees({ float64, float32 }) {
  return [float64, float32].every((verdict) => verdict === null || verdict.state === "ok");
}

function cell(verdict) {
  if (!verdict) return "-";
  const { state, cause, differences, ms } = verdict;
  if (state === "ok") return `ok ${ms} ms`;
  const worst = differences[0];
  if (state !== "differs" || !worst) return `${state} ${cause.slice(0, 150)}`;
  const off = Number.isFinite(worst.off)
    ? worst.off.toExponential(1)
    : `${worst.ours} ≠ ${worst.theirs}`;
  return `differs ×${differences.length}: ${worst.what} ${off.slice(0, 90)}`;
}

function row({ id, float64, float32 }) {
  const same = float64 && float32 && float64.cause === float32.cause && float32.ms === 0;
  return `${id.padEnd(36)} f64 ${cell(float64).padEnd(44)} f32 ${same ? "same" : cell(float32)}`;
}

function summary() {
  const causes = new Map();
  for (const { id, float64, float32 } of outcomes) {
    const verdict = [float64, float32].find((one) => one && one.state !== "ok");
    if (!verdict) continue;
    const place = / \([^()]*:\d+\)$/; // the same error at two places is one cause
    const cause =
      verdict.state === "differs"
        ? "differs"
        : `${verdict.state} ${verdict.cause.replace(place, "")}`;
    causes.set(cause, [...(causes.get(cause) ?? []), id]);
  }
  const order = [...causes].sort((a, b) => b[1].length - a[1].length);
  for (const [cause, ids] of order) {
    console.log(
      `${String(ids.length).padStart(4)}  ${cause.slice(0, 140)}  [${ids.slice(0, 4).join(", ")}]`,
    );
  }
  const count = (dtype, wanted) => outcomes.filter((outcome) => wanted(outcome[dtype])).length;
  for (const dtype of dtypes) {
    const ran = count(dtype, (verdict) => verdict !== null);
    console.log(`${dtype}: ${count(dtype, (verdict) => verdict?.state === "ok")} of ${ran} agree`);
  }
  console.log(`${outcomes.filter(agrees).length} of ${outcomes.length} cases agree`);
}
