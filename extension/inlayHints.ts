/**
 * At the end of each line with constructors: the rms of their weights' gradients; of many layers the
 * first and the last. Not beside the call itself: code that moves is hard to read and to edit.
 */
import {
  l10n,
  Disposable,
  EventEmitter,
  InlayHint,
  languages,
  workspace,
  type Event,
  type InlayHintsProvider,
  type Range,
  type TextDocument,
} from "vscode";
import type { Report, Span } from "../engine/report.ts";
import type { Analysis } from "./analysis.ts";
import { SELECTOR, type Settings } from "./contributions.ts";
import { toLocation } from "./convert.ts";
import { number } from "./words.ts";

const SETTING = "chainrule.inlayHints" satisfies keyof Settings;

export function registerHints(analysis: Analysis): Disposable {
  const changed = new EventEmitter<void>();
  return Disposable.from(
    changed,
    analysis.onDidChange((uri) => {
      if (!analysis.get(uri)?.running) changed.fire();
    }),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SETTING)) changed.fire();
    }),
    languages.registerInlayHintsProvider(SELECTOR, new GradientHints(analysis, changed.event)),
  );
}

class GradientHints implements InlayHintsProvider {
  readonly #analysis: Analysis;
  readonly onDidChangeInlayHints: Event<void>;

  constructor(analysis: Analysis, changed: Event<void>) {
    this.#analysis = analysis;
    this.onDidChangeInlayHints = changed;
  }

  provideInlayHints(document: TextDocument, range: Range): InlayHint[] {
    const settings = workspace.getConfiguration(undefined, document);
    const which = settings.get<Settings[typeof SETTING]>(SETTING);
    if (which === "off") return [];
    const uri = document.uri.toString();
    return this.#analysis.all.flatMap(({ result }) => {
      if (!result) return [];
      const lines = new Map<number, string[]>();
      for (const { at, rms, isTroubled } of gradients(result.report)) {
        if (which === "trouble" && !isTroubled) continue;
        const location = toLocation(at, result);
        if (location?.uri.toString() !== uri || !range.contains(location.range.end)) continue;
        const { line } = location.range.end;
        lines.set(line, [...(lines.get(line) ?? []), text(rms)]);
      }
      return [...lines].map(([line, texts]) => {
        const hint = new InlayHint(document.lineAt(line).range.end, `∇ ${texts.join(", ")}`);
        hint.paddingLeft = true;
        hint.tooltip = l10n.t(
          "rms of the gradient of each weight built here (Chainrule), seed {0}",
          result.report.settings.seed,
        );
        return hint;
      });
    });
  }
}

interface Gradients {
  readonly at: Span;
  readonly rms: readonly number[];
  /** An error or a warning names one of the layers or their place, as cause or victim. */
  readonly isTroubled: boolean;
}

/** By constructor, in forward order. Gradients that are zero by construction say nothing and are left out. */
function gradients(report: Report): Gradients[] {
  const found = new Map<string, { at: Span; rms: number[]; isTroubled: boolean }>();
  const serious = report.findings.filter(({ severity }) => severity !== "information");
  const troubled = new Set(serious.flatMap(({ layers }) => layers));
  const places = new Set(
    serious.flatMap(({ at, cause, related = [] }) =>
      [at, ...(cause ? [cause.at] : []), ...related.map((each) => each.at)].map(start),
    ),
  );
  const paths = new Map(report.parameters.map((p) => [p.name, p]));
  for (const layer of report.layers) {
    const weight =
      layer.call === 0 && !layer.functional ? paths.get(`${layer.path}.weight`) : undefined;
    if (!layer.definedAt || !weight?.grad || weight.gradIsStructurallyZero) continue;
    const key = start(layer.definedAt);
    const known = found.get(key) ?? { at: layer.definedAt, rms: [], isTroubled: false };
    known.rms.push(weight.grad.rms);
    known.isTroubled ||= troubled.has(layer.path) || troubled.has(weight.name) || places.has(key);
    found.set(key, known);
  }
  return [...found.values()];
}

const start = ({ file, startLine, startColumn }: Span): string =>
  `${file}:${startLine}:${startColumn}`;

function text(rms: readonly number[]): string {
  const [first = 0] = rms;
  const last = rms.at(-1) ?? first;
  return rms.length === 1 ? number(first) : `${number(first)} … ${number(last)}`;
}
