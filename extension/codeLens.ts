/** Above each model class: before a run, how to start one; after it, what was run and what came out. */
import { CodeLens, EventEmitter, Range, type CodeLensProvider, type TextDocument } from "vscode";
import type { Candidate, Report } from "../engine/report.ts";
import type { Analysis, Analyzed } from "./analysis.ts";
import { models } from "./classes.ts";
import { COMMANDS, NOTEBOOK_CELL } from "./contributions.ts";
import { inputs, shorten, verdict } from "./words.ts";

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

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    analysis.onDidChange(() => {
      this.#changed.fire();
    });
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    if (document.uri.scheme === NOTEBOOK_CELL) return [];
    const state = this.#analysis.get(document.uri);
    return models(document.getText()).flatMap(({ name, line, startColumn, endColumn }) => {
      const range = new Range(line, startColumn, line, endColumn);
      return titles(name, state).map(
        ({ title, command, tooltip }) =>
          new CodeLens(range, {
            title,
            command,
            tooltip,
            arguments: command === COMMANDS.analyze ? [document.uri, name] : [],
          }),
      );
    });
  }
}

interface Title {
  readonly title: string;
  readonly command: string;
  readonly tooltip: string;
}

function titles(name: string, state: Analyzed | undefined): Title[] {
  const report = state?.result?.report;
  const analyze = { command: COMMANDS.analyze, tooltip: `Run ${name} and measure its gradients` };
  if (state?.running && runs(name, state.entry, report)) {
    return [
      {
        title: "$(loading~spin) Analyzing…",
        command: COMMANDS.showPanel,
        tooltip: "Show Gradients",
      },
      { title: "Cancel", command: COMMANDS.cancel, tooltip: "Cancel Analysis" },
    ];
  }
  if (report?.subject?.entry === name) {
    const { severity, text } = verdict(report);
    const { call } = report.subject;
    return [
      { ...analyze, title: `$(play) ${call} · ${inputs(report.subject)}` },
      {
        title: `${ICONS[severity]} ${shorten(text, MOST_CHARACTERS)}`,
        command: COMMANDS.showPanel,
        tooltip: text,
      },
    ];
  }
  const candidate = report?.candidates.find(({ entry }) => entry === name);
  return [{ ...analyze, ...chosen(candidate) }];
}

const runs = (name: string, entry: string | undefined, report: Report | undefined): boolean =>
  name === (entry ?? report?.subject?.entry);

function chosen(candidate: Candidate | undefined): { title: string; tooltip?: string } {
  const subject = candidate?.subject;
  if (subject) return { title: `$(play) ${subject.call} · ${inputs(subject)}` };
  const title = "$(play) Analyze gradients";
  return candidate?.why === undefined ? { title } : { title, tooltip: candidate.why };
}
