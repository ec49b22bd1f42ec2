/** The measured layers of the place under the pointer: a table, a picture, and what leads further. */
import { ColorThemeKind, Hover, l10n, MarkdownString, window, type HoverProvider } from "vscode";
import type { Finding, Layer } from "../engine/report.ts";
import type { Analysis, Result } from "./analysis.ts";
import { COMMANDS, RULES } from "./contributions.ts";
import { toLocation, toRange } from "./convert.ts";
import { INKS, layerChart, type Ink } from "./layerChart.ts";
import { layersAt, layerText } from "./layerText.ts";

export function hovers(analysis: Analysis): HoverProvider {
  return {
    provideHover(document, position) {
      const uri = document.uri.toString();
      const contents: MarkdownString[] = [];
      let range;
      for (const { result } of analysis.all) {
        if (!result) continue;
        const found = layersAt(result.report, (span) => {
          const location = toLocation(span, result);
          return location?.uri.toString() === uri && location.range.contains(position);
        });
        if (!found) continue;
        const now = result.place(found.span);
        range ??= now && toRange(now);
        contents.push(markdown(result, found.layers));
      }
      return contents.length > 0 ? new Hover(contents, range) : undefined;
    },
  };
}

function markdown(result: Result, layers: readonly Layer[]): MarkdownString {
  const { report } = result;
  const [first] = layers;
  const chart = first && layers.length === 1 ? layerChart(report, first, ink()) : null;
  const links = [
    `[${l10n.t("Show Gradients")}](command:${COMMANDS.showPanel})`,
    ...codesOf(report.findings, layers).map((code) => `[${code}](${RULES}#${code})`),
  ];
  const text = new MarkdownString(
    [
      layerText(report, layers, result.stale()),
      ...(chart === null ? [] : [picture(chart)]),
      links.join(" · "),
    ].join("\n\n"),
  );
  text.isTrusted = { enabledCommands: [COMMANDS.showPanel] };
  return text;
}

const picture = (svg: string): string =>
  `![${l10n.t("exponents of the gradient, and gradients over depth")}](data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")})`;

/** Codes of the findings about any of the layers. */
function codesOf(findings: readonly Finding[], layers: readonly Layer[]): string[] {
  const paths = new Set(layers.map(({ path }) => path));
  const about = findings.filter((finding) =>
    finding.layers.some((name) => paths.has(name) || paths.has(name.replace(/\.[^.]*$/, ""))),
  );
  return [...new Set(about.map(({ code }) => code))];
}

function ink(): Ink {
  switch (window.activeColorTheme.kind) {
    case ColorThemeKind.Light:
      return INKS.light;
    case ColorThemeKind.Dark:
      return INKS.dark;
    case ColorThemeKind.HighContrast:
      return INKS.hcDark;
    case ColorThemeKind.HighContrastLight:
      return INKS.hcLight;
  }
}
