/**
 * At the end of each line with constructors: the rms of their weights' gradients; of many layers the
 * first and the last. Not beside the call itself: code that moves is hard to read and to edit.
 */
import {
  l10n,
  EventEmitter,
  InlayHint,
  workspace,
  type InlayHintsProvider,
  type Range,
  type TextDocument,
} from "vscode";
import type { Report, Span } from "../engine/report.ts";
import type { Analysis } from "./analysis.ts";
import { toLocation } from "./convert.ts";
import { number } from "./words.ts";

export class GradientHints implements InlayHintsProvider {
  readonly #analysis: Analysis;
  readonly #changed = new EventEmitter<void>();
  readonly onDidChangeInlayHints = this.#changed.event;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    analysis.onDidChange((uri) => {
      if (!analysis.get(uri)?.running) this.#changed.fire();
    });
  }

  provideInlayHints(document: TextDocument, range: Range): InlayHint[] {
    if (!workspace.getConfiguration(undefined, document).get<boolean>("chainrule.inlayHints"))
      return [];
    const uri = document.uri.toString();
    return this.#analysis.all.flatMap(({ result }) => {
      if (!result) return [];
      const lines = new Map<number, string[]>();
      for (const { at, rms } of gradients(result.report)) {
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

/** By constructor, in forward order. Gradients that are zero by construction say nothing and are left out. */
function gradients(report: Report): { readonly at: Span; readonly rms: readonly number[] }[] {
  const found = new Map<string, { at: Span; rms: number[] }>();
  const paths = new Map(report.parameters.map((p) => [p.name, p]));
  for (const layer of report.layers) {
    const weight =
      layer.call === 0 && !layer.functional ? paths.get(`${layer.path}.weight`) : undefined;
    if (!layer.definedAt || !weight?.grad || weight.gradIsStructurallyZero) continue;
    const { file, startLine, startColumn } = layer.definedAt;
    const key = `${file}:${startLine}:${startColumn}`;
    const known = found.get(key) ?? { at: layer.definedAt, rms: [] };
    known.rms.push(weight.grad.rms);
    found.set(key, known);
  }
  return [...found.values()];
}

function text(rms: readonly number[]): string {
  const [first = 0] = rms;
  const last = rms.at(-1) ?? first;
  return rms.length === 1 ? number(first) : `${number(first)} … ${number(last)}`;
}
