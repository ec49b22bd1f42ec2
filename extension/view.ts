/** Report → what the side panel draws. Pure. */
import { l10n } from "vscode";
import { OPTIMIZERS } from "../engine/client.ts";
import type {
  Finding,
  Layer,
  Mixed,
  Package,
  Parameter,
  Report,
  Span,
  Stats,
} from "../engine/report.ts";
import type {
  FindingRow,
  LayerRow,
  Magnitude,
  Marker,
  ParameterView,
  ResultView,
  Threshold,
} from "../webview/protocol.ts";
import { stepsOf, stepsView } from "./stepsView.ts";
import { batchOf, inputsOf } from "./subjectText.ts";
import {
  baseName,
  bySeverity,
  inputs,
  placeName as place,
  share,
  verdict,
  type Verdict,
} from "./words.ts";
import { valueOf, whatOf } from "./choiceText.ts";
import { byOf, messageOf, reducedOf, titleOf, whyOf } from "./said.ts";

/** binary16: IEEE 754-2019, 3.6. */
const THRESHOLDS: readonly Threshold[] = [
  { value: 2 ** -24, label: l10n.t("float16: smallest subnormal, 2⁻²⁴") },
  { value: 2 ** -14, label: l10n.t("float16: smallest normal, 2⁻¹⁴") },
  { value: 65504, label: l10n.t("float16: largest, 65504") },
];

/** A result and what its ids stand for. */
export interface View {
  readonly result: ResultView;
  /** Where a click on the row goes: the constructor, or the call where there is none. */
  readonly rowPlaces: ReadonlyMap<string, Span>;
  /** All places of a row that the cursor may stand in. */
  readonly rowSpans: ReadonlyMap<string, readonly Span[]>;
  readonly findings: ReadonlyMap<string, Finding>;
}

/** `milliseconds` from the user's command to the report. */
export function view(report: Report, file: string, milliseconds: number): View {
  const ids = rowIds(report.layers);
  const findings = new Map(
    bySeverity(report.findings).map((finding, i) => [`${i}:${finding.code}`, finding]),
  );
  const rows = placeOwners(
    report.layers.map((layer, i) => calledRow(layer, ids[i] ?? "", report)),
    report,
  );
  const marks = markers(
    rows.map(({ owner }) => owner),
    findings,
  );
  const reduced = reducedOf(report.cost);
  const marked = rows.map(({ row, owner }) => ({ ...row, markers: marks.get(owner) ?? [] }));
  return {
    result: {
      title: report.subject?.call ?? baseName(file),
      place: report.subject?.at ? place(report.subject.at) : null,
      detail: detail(report, file, milliseconds),
      verdict: headline(report),
      notes: [
        ...(reduced === undefined ? [] : [reduced]),
        ...(report.mixed ? [mixedText(report.mixed)] : []),
      ],
      rows: marked,
      thresholds: THRESHOLDS,
      steps: stepsView(report),
      findings: [...findings].map(([id, finding]) => findingRow(id, finding)),
      unsupported: unsupportedRows(report),
      background: {
        choices: (report.subject?.choices ?? []).map((choice) => ({
          what: whatOf(choice),
          value: valueOf(choice),
          why: whyOf(choice),
        })),
        replaced: report.replaced.map((each) => ({
          what: each.what,
          by: byOf(each),
          place: each.at && place(each.at),
        })),
        packages: report.packages.map(packageText),
      },
      controls: {
        seed: report.settings.seed,
        dtype: report.settings.dtype,
        mixed: report.mixed?.dtype ?? null,
        batch: (report.subject && batchOf(inputsOf(report.subject))) ?? null,
        optimizer: report.settings.optimizer?.name ?? null,
        lr: report.settings.optimizer?.lr ?? null,
        steps: report.settings.optimizer?.steps ?? null,
        optimizers: report.subject?.from === "script" ? [] : Object.keys(OPTIMIZERS),
      },
      runs: [],
      against: null,
    },
    rowPlaces: new Map(
      rows.flatMap(({ row, owner }) => owner.spans.slice(0, 1).map((span) => [row.id, span])),
    ),
    rowSpans: new Map(rows.map(({ row, owner }) => [row.id, owner.spans])),
    findings,
  };
}

/** What no finding speaks of already. */
function unsupportedRows({ unsupported, findings }: Report): ResultView["unsupported"] {
  const told = findings.filter(({ code }) => code === "unsupported");
  return unsupported
    .filter(({ name }) => !told.some(({ message }) => message.includes(name)))
    .map(({ name, at }) => ({ name, place: at && place(at) }));
}

const FROM = {
  chainrule: l10n.t("Chainrule's own stand-in"),
  workspace: l10n.t("from the workspace"),
  environment: l10n.t("from your Python environment"),
} as const satisfies Record<Package["from"], string>;

const packageText = ({ name, version, from }: Package): string =>
  `${name}${version === null ? "" : ` ${version}`}: ${FROM[from]}`;

function detail(report: Report, file: string, milliseconds: number): string {
  return [
    ...(report.subject
      ? [
          inputs(report.subject),
          l10n.t("seed {0}", report.settings.seed),
          ...(report.settings.dtype === "float32" ? [] : [report.settings.dtype]),
          ...(report.subject.call === baseName(file) ? [] : [baseName(file)]),
        ]
      : []),
    `${(milliseconds / 1000).toFixed(1)} s`,
  ].join(" · ");
}

/** Without a run, the findings below say why: nothing is said twice. */
function headline(report: Report): Verdict {
  const said = verdict(report);
  const isTwice = !report.subject && report.findings.length > 0;
  return isTwice ? { ...said, text: l10n.t("This file could not be run") } : said;
}

/** What the second run came to, and the parameter that it changed most. */
function mixedText({ dtype, scale, skipped, parameters }: Mixed): string {
  const worst = parameters.reduce<Mixed["parameters"][number] | undefined>(
    (most, each) => (most && errorOf(most) >= errorOf(each) ? most : each),
    undefined,
  );
  const scaler =
    dtype === "float16"
      ? l10n.t("GradScaler comes to 2^{0} after {1} skipped steps", Math.log2(scale), skipped)
      : l10n.t("no loss scale is needed");
  if (!worst) return l10n.t("Under {0} autocast: {1}.", dtype, scaler);
  return worst.error === null
    ? l10n.t("Under {0} autocast: {1}; {2}’s gradient is not finite.", dtype, scaler, worst.name)
    : l10n.t(
        "Under {0} autocast: {1}; {2}’s gradient differs most, by {3}.",
        ...[dtype, scaler, worst.name, share(worst.error)],
      );
}

const errorOf = ({ error }: Mixed["parameters"][number]): number => error ?? Infinity;

export function magnitude(stats: Stats): Magnitude {
  const { rms, absMax, count, zeros, nans, infs, float16, exponents } = stats;
  const { min, counts } = exponents;
  return {
    ...{ rms, absMax, count, zeros, nans, infs },
    float16: { ...float16 },
    exponents: { min, counts },
  };
}

/** The row's layer as findings name it. */
interface Owner {
  readonly path: string;
  readonly spans: readonly Span[];
  readonly parameters: readonly string[];
}

interface OwnedRow {
  readonly row: LayerRow;
  readonly owner: Owner;
}

/** Path, type and call, so that an unchanged layer keeps its id in the next run; a counter tells the rest apart. */
function rowIds(layers: readonly Layer[]): string[] {
  const seen = new Map<string, number>();
  return layers.map(({ path, type, call }) => {
    const id = `${path}:${type}:${call}`;
    const times = seen.get(id) ?? 0;
    seen.set(id, times + 1);
    return times === 0 ? id : `${id}#${times}`;
  });
}

function calledRow(layer: Layer, id: string, report: Report): OwnedRow {
  const call = layer.calledAt[0];
  const at = layer.definedAt ?? call;
  const owned =
    layer.functional || layer.call > 0
      ? []
      : report.parameters.filter((p) => p.layer === layer.path);
  return {
    row: {
      id,
      path: layer.path,
      type: layer.type,
      functional: layer.functional,
      call: layer.call,
      outputShape: layer.outputShape,
      place: at ? place(at) : null,
      parameters: parameterViews(owned, report),
      outputGrad: layer.outputGrad && magnitude(layer.outputGrad),
      output: layer.output && magnitude(layer.output),
      factor: layer.factor,
      markers: [],
    },
    owner: {
      path: layer.path,
      spans: [layer.definedAt, call].filter((span) => span !== null && span !== undefined),
      parameters: owned.map((p) => p.name),
    },
  };
}

function parameterViews(parameters: readonly Parameter[], report: Report): ParameterView[] {
  const views = parameters.map((p): ParameterView => ({
    name: p.layer === "" ? p.name : p.name.slice(p.layer.length + 1),
    shape: p.shape,
    grad: p.grad && magnitude(p.grad),
    zero: p.gradIsStructurallyZero ? "byConstruction" : p.gradIsZeroAtStart ? "atStart" : null,
    ...stepsOf(report, p.name),
  }));
  const main = views.filter((v) => v.name === "weight");
  return [...main, ...views.filter((v) => v.name !== "weight")];
}

/** Adds a row for each module that owns parameters and was never called, before the first layer inside it. */
function placeOwners(called: readonly OwnedRow[], report: Report): OwnedRow[] {
  const shown = new Set(called.flatMap(({ owner }) => owner.parameters));
  const missing = new Map<string, Parameter[]>();
  for (const p of report.parameters) {
    if (!shown.has(p.name)) missing.set(p.layer, [...(missing.get(p.layer) ?? []), p]);
  }
  const rows = [...called];
  for (const [path, parameters] of missing) {
    const inside = path === "" ? "" : `${path}.`;
    const first = rows.findIndex(({ row }) => row.path === path || row.path.startsWith(inside));
    rows.splice(first < 0 ? rows.length : first, 0, ownerRow(path, parameters, report));
  }
  return rows;
}

function ownerRow(path: string, parameters: readonly Parameter[], report: Report): OwnedRow {
  const at = parameters[0]?.definedAt ?? null;
  return {
    row: {
      id: `${path}:parameters`,
      path,
      type: parameters[0]?.layerType ?? "",
      functional: false,
      call: 0,
      outputShape: [],
      place: at && place(at),
      parameters: parameterViews(parameters, report),
      outputGrad: null,
      output: null,
      factor: null,
      markers: [],
    },
    owner: { path, spans: at ? [at] : [], parameters: parameters.map((p) => p.name) },
  };
}

/**
 * The findings about each row. A functional call shares its path with the enclosing module, so where a
 * row of that path stands at the finding's own place, the path's other rows are not meant.
 */
function markers(
  owners: readonly Owner[],
  findings: ReadonlyMap<string, Finding>,
): Map<Owner, Marker[]> {
  const marks = new Map<Owner, Marker[]>();
  for (const [id, finding] of findings) {
    const about = new Set(finding.layers);
    const named = owners.filter(
      ({ path, parameters }) => about.has(path) || parameters.some((name) => about.has(name)),
    );
    const exact = new Set(
      named.filter((owner) => standsAt(finding.at, owner)).map(({ path }) => path),
    );
    for (const owner of named) {
      if (exact.has(owner.path) && !standsAt(finding.at, owner)) continue;
      const mark = { finding: id, code: finding.code, severity: finding.severity };
      marks.set(owner, [...(marks.get(owner) ?? []), mark]);
    }
  }
  return marks;
}

const standsAt = (at: Span, owner: Owner): boolean =>
  owner.spans.some(
    (span) =>
      span.file === at.file &&
      span.startLine === at.startLine &&
      span.startColumn === at.startColumn,
  );

function findingRow(id: string, finding: Finding): FindingRow {
  return {
    id,
    code: finding.code,
    severity: finding.severity,
    message: messageOf(finding),
    place: place(finding.at),
    fixes: finding.fixes.map((fix, i) => ({ id: String(i), title: titleOf(fix) })),
  };
}
