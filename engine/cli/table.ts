/** The report as text for a terminal. */
import { relative } from "node:path";
import { styleText } from "node:util";
import { typicalRatio } from "../rules/updates.ts";
import { precisionText } from "./precision.ts";
import type {
  Finding,
  Layer,
  Package,
  Parameter,
  Report,
  Severity,
  Span,
  Step,
} from "../report.ts";

export type Paint = (style: "bold" | "dim" | "red" | "yellow" | "cyan", text: string) => string;

/** Colours where they are wanted, else the text as it is. */
export const painter =
  (isColoured: boolean): Paint =>
  (style, text) =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;

const NONE = "-";

/** 4 significant digits at most, exponent form outside 0.001..9999. */
export function short(x: number | null | undefined): string {
  if (x === null || x === undefined) return NONE;
  if (x === 0) return "0";
  const size = Math.abs(x);
  return size >= 1e-3 && size < 1e4 ? String(Number(x.toPrecision(3))) : x.toExponential(2);
}

const share = (x: number | null): string =>
  x === null ? NONE : x === 0 ? "0" : x < 0.001 ? "<0.1%" : `${(100 * x).toFixed(1)}%`;

/** Gradients of several parameters as if they were one tensor. */
function together(parameters: readonly Parameter[]): { rms: number; lost: number } | null {
  let count = 0;
  let squares = 0;
  let nonZero = 0;
  let lost = 0;
  for (const { grad } of parameters) {
    if (!grad) continue;
    const alive = grad.count - grad.zeros - grad.nans;
    count += grad.count;
    squares += grad.l2 ** 2;
    nonZero += alive;
    lost += grad.float16.flushed * alive;
  }
  if (count === 0) return null;
  return { rms: Math.sqrt(squares / count), lost: nonZero === 0 ? 0 : lost / nonZero };
}

const HEAD = ["layer", "type", "output", "act rms", "grad rms", "factor", "param rms", "f16 lost"];
const LEFT = 3; // columns of text; those of numbers are flush right

function layerRow(layer: Layer, own: readonly Parameter[], root: string): string[] {
  const gradient = together(own);
  const again = layer.call > 0 ? `#${layer.call + 1}` : "";
  return [
    `${layer.path || root}${again}`,
    layer.type,
    `[${layer.outputShape.join(", ")}]`,
    short(layer.output?.rms),
    short(layer.outputGrad?.rms),
    short(layer.factor),
    short(gradient?.rms),
    share(gradient ? gradient.lost : (layer.outputGrad?.float16.flushed ?? null)),
  ];
}

/** Rows of layers in forward order, then of the parameters that belong to none of them, and of inputs. */
function rowsOf(report: Report): string[][] {
  const root = report.subject?.entry ?? "";
  const owners = new Set(report.layers.filter((l) => !l.functional).map((l) => l.path));
  const parameters = report.parameters.filter((p) => p.kind === "parameter");
  const rows = report.layers.map((layer) =>
    layerRow(layer, layer.functional ? [] : parameters.filter((p) => p.layer === layer.path), root),
  );
  const lone = report.parameters.filter((p) => p.kind === "input" || !owners.has(p.layer));
  return [
    ...rows,
    ...lone.map((p) => [
      p.name,
      p.kind === "input" ? "Input" : "Parameter",
      `[${p.shape.join(", ")}]`,
      NONE,
      NONE,
      NONE,
      short(p.grad?.rms),
      share(p.grad?.float16.flushed ?? null),
    ]),
  ];
}

export function layerTable(report: Report, paint: Paint): string {
  const rows = [HEAD, ...rowsOf(report)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < LEFT ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return rows.map((row, i) => (i === 0 ? paint("bold", line(row)) : line(row))).join("\n");
}

/** `file:line:column` from the current folder, column from 1 as terminals count; in a notebook `file cell 3:line:column`. */
export function placeText(at: Span, folder: string): string {
  const near = relative(folder, at.file);
  const named = near.startsWith("..") || near === "" ? at.file : near;
  const file = named.replace(/\.ipynb#cell-(\d+)$/, ".ipynb cell $1");
  return `${file}:${at.startLine}:${at.startColumn + 1}`;
}

const COLOUR = { error: "red", warning: "yellow", information: "cyan" } as const satisfies Record<
  Severity,
  string
>;

/** One finding with what belongs to it, indented. */
export function findingText(f: Finding, folder: string, paint: Paint): string {
  const label = paint(COLOUR[f.severity], `${f.severity}[${f.code}]`);
  const head = `${paint("bold", placeText(f.at, folder))} ${label} ${f.message}`;
  const more = [...(f.cause ? [f.cause] : []), ...(f.related ?? [])];
  const fixes = f.fixes.map((fix) => `    fix: ${fix.title}`);
  return [
    head,
    ...more.map(({ at, text }) => `    ${placeText(at, folder)} ${text}`),
    ...fixes,
  ].join("\n");
}

const HOW = {
  directive: "named by the comment",
  inference: "found in the file",
  case: "as the case says",
  options: "as the options say",
  script: "the script itself",
  example: "an example in the file",
  lightning: "a Lightning module's training_step",
} as const satisfies Record<NonNullable<Report["subject"]>["from"], string>;

export function subjectText(report: Report, folder: string, paint: Paint): string {
  const { subject: s, settings, loss } = report;
  if (!s) return "";
  const inputs = s.inputs.map((i) => `[${i.shape.join(", ")}] ${i.dtype}`).join(", ") || "none";
  const place = s.at ? placeText(s.at, folder) : s.file;
  const chosen = s.choices.map((c) => `chosen ${c.what} = ${c.value}: ${c.why}`);
  return [
    `${paint("bold", s.call)} ${paint("dim", `(${HOW[s.from]}, ${place})`)}`,
    `input ${inputs} · loss ${s.loss} = ${short(loss)} · seed ${settings.seed}, ${settings.dtype}, ${settings.mode}`,
    ...chosen,
  ].join("\n");
}

/** `11 steps of Adam at 0.001: loss 2.3 → 1.9 · median update over weight 0.012 · largest curvature 1.4`. */
export function stepsText({ steps, optimizers, parameters, curvature }: Report): string {
  const [made] = optimizers ?? [];
  const [first] = steps ?? [];
  if (!made || !steps || !first) return "";
  const ratio = typicalRatio({ parameters });
  const losses = steps.length > 1 ? `: loss ${lossText(first)} → ${lossText(steps.at(-1))}` : "";
  return [
    `${steps.length} step${steps.length === 1 ? "" : "s"} of ${made.type} at ${short(made.lr)}${losses}`,
    ...(ratio === null ? [] : [`median update over weight ${short(ratio)}`]),
    ...(curvature ? [`largest curvature ${short(curvature.eigenvalue)}`] : []),
  ].join(" · ");
}

const lossText = (step: Step | undefined): string =>
  step?.loss === null || step === undefined ? "not finite" : short(step.loss);

/** A line for each thing that was not there. */
const replacedText = ({ replaced }: Report, folder: string): string =>
  replaced
    .map((r) => `replaced ${r.what}${r.at ? ` (${placeText(r.at, folder)})` : ""}: ${r.by}`)
    .join("\n");

const FROM = {
  environment: "the environment",
  workspace: "the workspace",
  chainrule: "Chainrule",
} as const satisfies Record<Package["from"], string>;

/** `timm 1.0.9 from the environment · numpy, tqdm from Chainrule`, and why a package was not taken from the environment. */
export function packagesText({ packages }: Report): string {
  const origins = Object.keys(FROM) as Package["from"][];
  const groups = origins.flatMap((from) => {
    const named = packages.filter((p) => p.from === from);
    const names = named.map(({ name, version }) => (version ? `${name} ${version}` : name));
    return names.length > 0 ? [`${names.join(", ")} from ${FROM[from]}`] : [];
  });
  const notes = packages.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : []));
  return [groups.join(" · "), ...notes].join("\n");
}

/** `1.2 s (import 0.1 s, …) · 3.4 GFLOP · peak 56 MiB`. */
export function costText({ cost }: Report, wallMs: number): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 100 ? 3 : 2)} s`;
  const phases = Object.entries(cost.ms).map(([name, ms]) => `${name} ${seconds(ms)}`);
  const parts = [
    `${seconds(wallMs)} (${phases.join(", ")})`,
    `${short(cost.flops / 1e9)} GFLOP`,
    `peak ${(cost.peakBytes / 2 ** 20).toFixed(0)} MiB`,
    ...(cost.reduced ? [cost.reduced] : []),
  ];
  return parts.join(" · ");
}

const LOG_LINES = 20;

/** The end of what the user's file printed. */
function logText(log: string): string {
  const lines = log.trimEnd().split("\n");
  const left = lines.length - LOG_LINES;
  const head = left > 0 ? [`  (${left} more lines: --json has them all)`] : [];
  const told = [...head, ...lines.slice(-LOG_LINES).map((line) => `  ${line}`)];
  return log.trim() === "" ? "" : ["The file printed:", ...told].join("\n");
}

/** The whole report; sections are separated by empty lines. */
export function reportText(report: Report, folder: string, paint: Paint, wallMs: number): string {
  const findings = report.findings.map((f) => findingText(f, folder, paint));
  return [
    logText(report.log),
    [
      subjectText(report, folder, paint),
      stepsText(report),
      packagesText(report),
      replacedText(report, folder),
    ]
      .filter((text) => text !== "")
      .join("\n"),
    report.layers.length + report.parameters.length > 0 ? layerTable(report, paint) : "",
    precisionText(report, (text) => paint("bold", text)),
    findings.length > 0 ? findings.join("\n") : "No finding.",
    paint("dim", costText(report, wallMs)),
  ]
    .filter((section) => section !== "")
    .join("\n\n");
}
