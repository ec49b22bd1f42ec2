/**
 * `npm run bench [-- --only mlp,resnet18] [-- --runs N] [-- --no-write]`: Chainrule beside PyTorch on the same models, in one run, A B A B; writes
 * BENCHMARKS.md. Needs a built dist/ and Debian's python3-torch.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../support/host.ts";
import { figure, msText, ratio, ratioText, table } from "./figures.ts";
import type { Answer, Numbers, Ran, Threads } from "./sides.ts";
import {
  chainruleCold,
  chainruleWarm,
  NODE,
  Served,
  THREADS,
  timeProcess,
  torchCold,
  torchWarm,
} from "./sides.ts";
import { rivals } from "./rivals/compare.ts";
import { SUBJECTS, type BenchSubject } from "./subjects.ts";

const MIN_RUNS = 5;
const TOLERANCE = 1e-3; // relative, of a gradient's norm: both sides run in float32
const NOISE = 1e-6; // of the largest norm: below it a gradient is one of rounding
const DEVIATIONS = 5; // times what PyTorch's own float32 deviates: as in the other comparisons

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "7" },
    only: { type: "string" },
    "no-write": { type: "boolean" },
  },
});
const runs = Math.max(MIN_RUNS, Number(values.runs));

const threadText = ({ blas, torch }: Threads): string => `OpenBLAS ${blas}, torch ${torch}`;
const workMs = ({ ms }: Answer): number =>
  (ms["forward"] ?? NaN) + (ms["backward"] ?? NaN) + (ms["measure"] ?? NaN);
const plainMs = ({ ms }: Answer): number => ms["plain"] ?? NaN;
/** Of forward and backward alone: what the same step with all statistics takes more, in %. */
const measuring = ({ ms }: Answer): number =>
  100 * ((ms["measured"] ?? NaN) / (ms["plain"] ?? NaN) - 1);
const totalMs = ({ ms }: Answer): number => ms["total"] ?? NaN;

/** The largest relative difference of the loss or a gradient's norm; of a gradient that is zero but for rounding, relative to the largest. */
function farthest(from: Numbers, numbers: Numbers): number {
  const least = NOISE * Math.max(...Object.values(from.l2));
  let worst = Math.abs(numbers.loss / from.loss - 1);
  for (const [name, l2] of Object.entries(from.l2))
    worst = Math.max(worst, Math.abs((numbers.l2[name] ?? NaN) - l2) / Math.max(l2, least));
  return worst;
}

/** A comparison of two timings is worth nothing where they computed different things. What both approximate is PyTorch's float64. */
function agreement(ours: Numbers, theirs: Numbers, inDouble: Numbers): string {
  const [own, other] = [farthest(inDouble, ours), farthest(inDouble, theirs)];
  if (!(own < Math.max(TOLERANCE, DEVIATIONS * other)))
    throw new Error(`gradients in float32 lie ${own} from PyTorch's in float64, its own ${other}`);
  return `Loss and norms of gradients lie at most ${own.toExponential(1)} from PyTorch's in float64, PyTorch's own in float32 ${other.toExponential(1)}`;
}

/** The setting whose fastest run is the fastest: under load only the minimum tells settings apart. */
async function best(measure: (threads: Threads) => Promise<number>): Promise<Threads> {
  const tried: { threads: Threads; ms: number }[] = [];
  for (const threads of THREADS) tried.push({ threads, ms: await measure(threads) });
  const [first] = tried.sort((a, b) => a.ms - b.ms);
  if (!first) throw new Error("internal: nothing tried");
  return first.threads;
}

async function cold(subject: BenchSubject): Promise<string[][]> {
  const threads = await best(async (t) => {
    const times = [
      await timeProcess(torchCold(subject, t)),
      await timeProcess(torchCold(subject, t)),
    ];
    return Math.min(...times.map(({ ms }) => ms));
  });
  const [ours, theirs]: [Ran[], Ran[]] = [[], []];
  await timeProcess(chainruleCold(subject)); // files into the page cache, for both
  for (let i = 0; i < runs; i++) {
    ours.push(await timeProcess(chainruleCold(subject)));
    theirs.push(await timeProcess(torchCold(subject, threads)));
  }
  const of = (ran: readonly Ran[], what: keyof Ran): number[] => ran.map((one) => one[what]);
  return [
    row("cold: process start to table", of(ours, "ms"), of(theirs, "ms"), threads),
    row("of it the most memory held, MiB", of(ours, "peak"), of(theirs, "peak"), threads),
  ];
}

const row = (what: string, ours: number[], theirs: number[], threads: Threads): string[] => [
  what,
  msText(figure(ours)),
  msText(figure(theirs)),
  `**${ratioText(ratio(ours, theirs))}**`,
  threadText(threads),
];

interface Warm {
  readonly rows: string[][];
  readonly notes: string;
  /** ms of Chainrule's fastest plain step. */
  readonly plain: number;
  readonly about: string;
}

async function warm(subject: BenchSubject): Promise<Warm> {
  const threads = await best(async (t) => {
    const served = new Served(torchWarm(subject, t));
    const times: number[] = [];
    for (let i = 0; i < MIN_RUNS; i++) times.push(totalMs(await served.ask()));
    await served.stop();
    return Math.min(...times.slice(1));
  });
  const [ours, theirs] = [
    new Served(chainruleWarm(subject)),
    new Served(torchWarm(subject, threads)),
  ];
  const agreed = agreement(await ours.ask(), await theirs.ask(), await theirs.inDouble());
  const answers: { ours: Answer; theirs: Answer }[] = [];
  for (let i = 0; i < runs; i++)
    answers.push({ ours: await ours.ask(), theirs: await theirs.ask() });
  const of = (side: "ours" | "theirs", what: (answer: Answer) => number): number[] =>
    answers.map((answer) => what(answer[side]));
  const [node, torch] = [await ours.about, await theirs.about];
  const layers = answers.map((answer) => `${answer.ours.layers} and ${answer.theirs.layers}`)[0];
  await Promise.all([ours.stop(), theirs.stop()]);
  const phases = ["import", "subject", "build", "forward", "backward", "measure", "rules"];
  const parts = phases
    .map((name) => `${name} ${msText(figure(of("ours", ({ ms }) => ms[name] ?? 0)))}`)
    .join(", ");
  return {
    rows: [
      row("warm: second and later analysis", of("ours", totalMs), of("theirs", totalMs), threads),
      row("of it forward, backward, statistics", of("ours", workMs), of("theirs", workMs), threads),
      row(
        "plain step: forward and backward alone",
        of("ours", plainMs),
        of("theirs", plainMs),
        threads,
      ),
    ],
    plain: figure(of("ours", plainMs)).min,
    notes: [
      `${agreed}; layers measured: ${layers}.`,
      `Chainrule's phases, ms: ${parts}; booting the next interpreter meanwhile, not counted: ${msText(figure(of("ours", ({ ms }) => ms["boot"] ?? 0)))}.`,
      `Measuring costs ${msText(figure(of("ours", measuring)))} % on top of forward and backward, both in turns in one run.`,
    ].join(" "),
    about: `Chainrule on Node ${node["node"]} (V8 ${node["v8"]}); PyTorch ${torch["torch"]} on Python ${torch["python"]}`,
  };
}

/** What a bench of its own prints: tables. */
const printed = (name: string): string =>
  execFileSync(NODE, ["--import", "tsx", path.join(ROOT, "test/bench", name)], {
    cwd: ROOT,
    encoding: "utf8",
  }).trim();

const only = values.only?.split(",");
const sections: string[] = [];
let about = "";

/** Written after each section: a bench that is broken off leaves what it has measured. */
function write(): void {
  if (values["no-write"] || only) return;
  const machine = `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} cores, ${os.type()} ${os.arch()}, load ${os.loadavg()[0]?.toFixed(1)} at the end`;
  const page = [
    "# Benchmarks",
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}. ${machine}. ${about}.`,
    `Both sides run the same file and take the same numbers of every parameter, gradient, layer output and layer gradient (PyTorch by the hooks in test/bench/torch_measured.py), in turns, ${runs} runs each. Figures are medians with minimum and maximum; a ratio is Chainrule's median over PyTorch's, below 1 is faster than PyTorch, its spread that of single pairs. PyTorch runs with the fastest of the four settings of 1 and 2 threads for OpenBLAS and for its own pool. Warm Chainrule runs every analysis in a fresh interpreter that was booted beforehand and has compiled what the run before it imported, with what V8 has made of the engine before, as the editor keeps it. Chainrule is the command line, whose products V8 computes in joined vectors (engine/kernels/wide.ts); within the editor it leaves V8 as it is, and gives the same numbers.`,
    ...sections,
  ].join("\n\n");
  fs.writeFileSync(path.join(ROOT, "BENCHMARKS.md"), `${page}\n`);
}
const chosen = SUBJECTS.filter(({ name }) => only?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only: of ${SUBJECTS.map(({ name }) => name).join()}`);
for (const subject of chosen) {
  console.log(`${subject.title} …`);
  const hot = await warm(subject);
  const rows = [...(await cold(subject)), ...hot.rows];
  about = hot.about;
  const head = ["", "Chainrule, ms", "PyTorch, ms", "ratio", "PyTorch's threads"];
  const others = await rivals(subject, hot.plain);
  sections.push(`## ${subject.title}\n\n${table(head, rows)}\n\n${hot.notes}${others}`);
  console.log(sections.at(-1));
  write();
}
console.log("limits …");
const kernels = printed("limits.ts");
console.log(kernels);
sections.push(
  `## The machine's limit\n\nThe fastest of several runs, in turns: kernels on one thread beside the register tile's loop from the first cache, passes over 64 MiB beside copying them; last, how much faster two threads are.\n\n${kernels}`,
);
const growing = only ? "" : printed("scaling.ts");
console.log(growing);
sections.push(
  `## Growth\n\nOne size grows, the others stand; the fastest of several runs, and the exponent between the smallest and the largest size: 1 is linear.\n\n${growing}`,
);
write();
