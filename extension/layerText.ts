/** What a hover says about the layers of a place, as Markdown. */
import { l10n } from "vscode";
import type { Layer, Parameter, Report, Span, Stats } from "../engine/report.ts";
import { number, shape, share } from "./words.ts";

const MOST_ROWS = 12;

/** The layers that were built or called at `at` (a position in the analysed text), smallest place first. */
export function layersAt(
  report: Report,
  holds: (span: Span) => boolean,
): { readonly span: Span; readonly layers: readonly Layer[] } | undefined {
  const places = new Map<string, { span: Span; layers: Layer[] }>();
  for (const layer of report.layers) {
    for (const span of [layer.definedAt, layer.calledAt[0]]) {
      if (!span || !holds(span)) continue;
      const key = [span.startLine, span.startColumn, span.endLine, span.endColumn].join(":");
      const known = places.get(key) ?? { span, layers: [] };
      known.layers.push(layer);
      places.set(key, known);
    }
  }
  return [...places.values()].sort((a, b) => extent(a.span) - extent(b.span))[0];
}

/** Orders places by size: lines first, then columns. */
const extent = ({ startLine, startColumn, endLine, endColumn }: Span): number =>
  (endLine - startLine) * 1e6 + (endColumn - startColumn);

export function layerText(report: Report, layers: readonly Layer[], stale: boolean): string {
  const one = layers.length === 1 ? layers[0] : undefined;
  const text = one ? single(report, one) : several(report, layers);
  return stale ? `${text}\n\n*${l10n.t("Measured before the last edit.")}*` : text;
}

function single(report: Report, layer: Layer): string {
  const head = `**${name(layer)}** · ${layer.type} → ${shape(layer.outputShape)}`;
  const rows = [
    ...parametersOf(report, layer).map((p) =>
      row(l10n.t("{0} gradient", `\`${p.name}\``), p.grad, note(p)),
    ),
    row(l10n.t("output gradient"), layer.outputGrad),
    row(l10n.t("output"), layer.output),
  ];
  const factor =
    layer.factor === null
      ? ""
      : `\n\n${l10n.t("Factor {0}", `×${number(layer.factor)}`)}: rms(∂L/∂input) / rms(∂L/∂output)`;
  return `${head}\n\n| | rms | ${l10n.t("largest")} | ${l10n.t("float16: to zero")} | ${l10n.t("subnormal")} |\n|:--|--:|--:|--:|--:|\n${rows.join("\n")}${factor}`;
}

function row(label: string, stats: Stats | null, remark = ""): string {
  if (!stats) return `| ${label} | ${l10n.t("none")} | | | |`;
  const { rms, absMax, float16, nans, infs } = stats;
  const broken = nans + infs > 0 ? ` (${nans} NaN, ${infs} ±inf)` : "";
  return `| ${label}${remark}${broken} | ${number(rms)} | ${number(absMax)} | ${share(float16.flushed)} | ${share(float16.subnormal)} |`;
}

function several(report: Report, layers: readonly Layer[]): string {
  const rows = layers.slice(0, MOST_ROWS).map((layer) => {
    const main = parametersOf(report, layer).find((p) => p.grad !== null);
    const grad = main?.grad ?? layer.outputGrad;
    const factor = layer.factor === null ? "" : `×${number(layer.factor)}`;
    return `| ${name(layer)} · ${layer.type} | ${grad ? number(grad.rms) : l10n.t("none")} | ${factor} | ${grad ? share(grad.float16.flushed) : ""} |`;
  });
  const rest = layers.length - MOST_ROWS;
  const more = rest > 0 ? `\n\n${l10n.t("… and {0} more, in the Chainrule panel", rest)}` : "";
  return `**${l10n.t("{0} layers", layers.length)}**\n\n| ${l10n.t("layer")} | ${l10n.t("gradient rms")} | ${l10n.t("factor")} | ${l10n.t("float16: to zero")} |\n|:--|--:|--:|--:|\n${rows.join("\n")}${more}`;
}

const name = (layer: Layer): string =>
  `${layer.path === "" ? layer.type : layer.path}${layer.call > 0 ? l10n.t(" (call {0})", layer.call + 1) : ""}`;

function parametersOf(report: Report, layer: Layer): Parameter[] {
  if (layer.functional) return [];
  return report.parameters.filter((p) => p.layer === layer.path);
}

function note(parameter: Parameter): string {
  if (parameter.gradIsStructurallyZero) return l10n.t(" (zero by construction)");
  return parameter.gradIsZeroAtStart ? l10n.t(" (zero at the start only)") : "";
}
