/** Above each model class: before a run, how to start one; after it, what was run and what came out. */
import {
  l10n,
  CodeLens,
  EventEmitter,
  Range,
  type CodeLensProvider,
  type TextDocument,
  type Uri,
} from "vscode";
import type { Candidate, Report } from "../engine/report.ts";
import type { Analysis, Analyzed, Result } from "./analysis.ts";
import { firstBackward, models, type ModuleClass } from "./classes.ts";
import { COMMANDS } from "./contributions.ts";
import { toLocation } from "./convert.ts";
import { refusalOf } from "./said.ts";
import { isNotebook, pythonCells, targetOf, type Target } from "./target.ts";
import { choiceLines, inputs, shorten, verdict } from "./words.ts";

const MOST_CHARACTERS = 80;

const ICONS = {
  none: "$(pass)",
  information: "$(info)",
  warning: "$(warning)",
  error: "$(error)",
} as const;

export class CodeLenses implements CodeLensProvider {
  readonly #analysis: Analysis;
  readonly #changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;

  /** By document, what its lenses were last made of. */
  readonly #told = new Map<string, Analyzed>();

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    analysis.onDidChange((uri) => {
      this.#tell(uri);
    });
  }

  /** The editor waits until nothing has come for a while, so a run's progress, which no lens shows, must not be told. */
  #tell(uri: Uri): void {
    const key = uri.toString();
    const [before, now] = [this.#told.get(key), this.#analysis.get(uri)];
    if (now) this.#told.set(key, now);
    else this.#told.delete(key);
    const isSame =
      before?.result?.request === now?.result?.request &&
      before?.entry === now?.entry &&
      Boolean(before?.running) === Boolean(now?.running);
    if (!isSame) this.#changed.fire();
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const target = targetOf(document);
    if (!target) return [];
    const state = this.#analysis.get(target.uri);
    const known = modelsIn(document, target);
    const lenses = [...known, ...told(document, state?.result, known)].flatMap((model) =>
      made(rangeOf(model), titles(model.name, state), target, model.name),
    );
    const script = firstBackward(document.getText());
    return script === undefined
      ? lenses
      : [...lenses, ...made(new Range(script, 0, script, 0), ofScript(state), target)];
  }
}

const rangeOf = ({ line, startColumn, endColumn }: ModuleClass): Range =>
  new Range(line, startColumn, line, endColumn);

const made = (range: Range, shown: readonly Title[], target: Target, entry?: string): CodeLens[] =>
  shown.map(
    ({ title, command, tooltip }) =>
      new CodeLens(range, {
        title,
        command,
        tooltip,
        arguments: command === COMMANDS.showPanel ? [] : [target.uri, entry],
      }),
  );

/** The text's own model classes; a cell's may inherit from one of another cell. */
function modelsIn(document: TextDocument, target: Target): ModuleClass[] {
  if (!isNotebook(target)) return models(document.getText());
  let first = 0;
  const texts = pythonCells(target).map(({ document: cell }) => cell.getText());
  for (const cell of pythonCells(target)) {
    if (cell.document === document) break;
    first += cell.document.lineCount;
  }
  const last = first + document.lineCount;
  return models(texts.join("\n"))
    .filter(({ line }) => line >= first && line < last)
    .map((model) => ({ ...model, line: model.line - first }));
}

/** What only the run could know for a model: classes of imported bases, functions without annotation. */
function told(
  document: TextDocument,
  result: Result | null | undefined,
  known: readonly ModuleClass[],
): ModuleClass[] {
  if (!result) return [];
  const { candidates, subject } = result.report;
  const places = [
    ...candidates,
    ...(subject?.at ? [{ entry: subject.entry, at: subject.at }] : []),
  ];
  const found = new Map<string, ModuleClass>();
  for (const { entry, at } of places) {
    if (known.some(({ name }) => name === entry)) continue;
    const location = toLocation(at, result);
    if (location?.uri.toString() !== document.uri.toString()) continue;
    const { start, end } = location.range;
    found.set(entry, {
      name: entry,
      line: start.line,
      startColumn: start.character,
      endColumn: end.character,
    });
  }
  return [...found.values()];
}

interface Title {
  readonly title: string;
  readonly command: string;
  readonly tooltip: string;
}

const CHOOSE = {
  title: `$(gear) ${l10n.t("Change…")}`,
  command: COMMANDS.choose,
  tooltip: l10n.t("Choose class, arguments, inputs and loss"),
} as const;

const RUNNING: readonly Title[] = [
  {
    title: `$(loading~spin) ${l10n.t("Analyzing…")}`,
    command: COMMANDS.showPanel,
    tooltip: l10n.t("Show Gradients"),
  },
  { title: l10n.t("Cancel"), command: COMMANDS.cancel, tooltip: l10n.t("Cancel Analysis") },
];

function titles(name: string, state: Analyzed | undefined): Title[] {
  const report = state?.result?.report;
  if (state?.running && runs(name, state.entry, report)) return [...RUNNING];
  const analyze = {
    command: COMMANDS.analyze,
    tooltip: l10n.t("Run {0} and measure its gradients", name),
  };
  if (report?.subject?.entry === name) return ofResult(report, analyze.tooltip);
  const candidate = report?.candidates.find(({ entry }) => entry === name);
  return ofCandidate(candidate, analyze);
}

const runs = (name: string, entry: string | undefined, report: Report | undefined): boolean =>
  name === (entry ?? report?.subject?.entry);

/** What was run, and its verdict. */
function ofResult(report: Report, lead: string): Title[] {
  const { subject } = report;
  if (!subject) return [];
  const { severity, text } = verdict(report);
  const what = [shorten(subject.call, MOST_CHARACTERS), inputs(subject)]
    .filter((part) => part !== "")
    .join(" · ");
  return [
    {
      title: `$(play) ${what}`,
      command: COMMANDS.analyze,
      tooltip: [lead, ...choiceLines(subject.choices)].join("\n"),
    },
    {
      title: `${ICONS[severity]} ${shorten(text, MOST_CHARACTERS)}`,
      command: COMMANDS.showPanel,
      tooltip: text,
    },
    CHOOSE,
  ];
}

function ofCandidate(
  candidate: Candidate | undefined,
  analyze: Pick<Title, "command" | "tooltip">,
): Title[] {
  const subject = candidate?.subject;
  if (subject) {
    const tooltip = [analyze.tooltip, ...choiceLines(subject.choices)].join("\n");
    return [
      {
        ...analyze,
        title: `$(play) ${shorten(subject.call, MOST_CHARACTERS)} · ${inputs(subject)}`,
        tooltip,
      },
    ];
  }
  const why = candidate && refusalOf(candidate);
  if (why === undefined) return [{ ...analyze, title: `$(play) ${l10n.t("Analyze gradients")}` }];
  return [
    { ...analyze, title: `$(play) ${l10n.t("Try again")}` },
    {
      ...CHOOSE,
      title: `$(circle-slash) ${shorten(why, MOST_CHARACTERS)}`,
      tooltip: `${why}\n${l10n.t("Click to choose arguments and inputs")}`,
    },
  ];
}

/** Where a file trains: the file itself can be run. */
function ofScript(state: Analyzed | undefined): Title[] {
  const report = state?.result?.report;
  const tooltip = l10n.t(
    "Run this file up to its first optimizer step and measure the gradients there",
  );
  const isScript = report?.subject?.from === "script";
  if (state?.running && state.entry === undefined && (isScript || !report)) return [...RUNNING];
  if (isScript) return ofResult(report, tooltip);
  if (report) return [];
  return [{ title: `$(play) ${l10n.t("Analyze gradients")}`, command: COMMANDS.analyze, tooltip }];
}
