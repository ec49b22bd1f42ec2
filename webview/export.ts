/** The whole chart as a picture of its own: every line of the table, with names and numbers. */
import { position, ticks } from "./charts/axis.ts";
import { cellsOf, edgesOf } from "./charts/heat.tsx";
import { lookOf, stepOf } from "./charts/look.ts";
import type { Look } from "./charts/look.ts";
import { readRatio } from "./components/stepCells.tsx";
import { curves } from "./exportCurves.ts";
import { labelOf, worst } from "./groups.ts";
import { t } from "./l10n.ts";
import { decade, power, short, times } from "./numbers.ts";
import { spreadOf } from "./percentiles.ts";
import type { LayerRow, StepsView } from "./protocol.ts";
import { magnitudeOf, QUANTITIES, read } from "./reading.ts";
import type { Reading, Size } from "./reading.ts";
import { resultOf } from "./state.ts";
import type { State } from "./state.ts";
import { branches, linesOf } from "./tree.ts";

const WIDTH = 760;
const NAME = 250;
const CHART = 390;
const LINE = 20;
const TOP = 64;
/** Pixels of the PNG per unit of the SVG. */
const DENSITY = 2;

/** A variable of the theme as it is on the page; `other` where the theme has none. */
type Colour = (variable: string, other: string) => string;

/** The chart of the view on show as one SVG; null where there is no result to draw. */
export function drawChart(state: State, element: Element): string | null {
  const result = resultOf(state.panel);
  if (result === null || result.rows.length === 0) return null;
  const style = getComputedStyle(element);
  const colour: Colour = (variable, other) =>
    style.getPropertyValue(`--vscode-${variable}`).trim() || other;
  const look = lookOf(state, result);
  const ink = colour("foreground", "#333333");
  const dim = colour("descriptionForeground", ink);
  const shut = branches(state.tree).filter(({ isOpen }) => !isOpen);
  const lines = linesOf(state.tree, new Set(shut.map(({ key }) => key)));
  const steps = look.kind === "steps" ? result.steps : null;
  const above = curves(steps, {
    ...{ top: 48, left: NAME, width: CHART, step: stepOf(result, state.step) },
    ...{ ink, dim, line: colour("charts-blue", "#1a85ff") },
  });
  const top = TOP + above.height;
  const height = top + lines.length * LINE + 12;
  const body = lines.map((line, i) => {
    const y = top + i * LINE;
    const x = 12 + 12 * (line.level - 1);
    return line.kind === "heading"
      ? text(x, y + 14, line.branch.label, `fill="${ink}" font-weight="600"`)
      : rowOf(line.row, line.group, look, { x, y, ink, colour });
  });
  const subtitle = `${subjectOf(look, steps)} · ${result.detail}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(WIDTH)}" height="${String(height)}" ` +
      `font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="${colour("sideBar-background", "#ffffff")}"/>`,
    text(12, 20, result.title, `fill="${ink}" font-weight="600"`),
    text(12, 37, subtitle, `fill="${dim}"`),
    ...guides(look).map(
      (x) =>
        `<line x1="${x}" x2="${x}" y1="${String(top - 4)}" y2="${String(height - 12)}" ` +
        `stroke="${dim}" stroke-dasharray="2 2"/>`,
    ),
    ...labels(look).map(([x, words]) =>
      text(x, top - 8, words, `fill="${dim}" text-anchor="middle" font-size="10"`),
    ),
    ...above.parts.map(([x, y, words, more]) => text(x, y, words, more)),
    ...above.shapes,
    ...body,
    "</svg>",
  ].join("\n");
}

/** What the picture shows, in words. */
function subjectOf(look: Look, steps: StepsView | null): string {
  switch (look.kind) {
    case "depth":
      return QUANTITIES[look.quantity]();
    case "formats":
      return `${QUANTITIES[look.quantity]()} · ${look.format.name} · ${power(look.scale)}`;
    case "steps":
      return [t("update over weight"), ...(steps?.optimizers ?? []).map((each) => each.text)].join(
        " · ",
      );
  }
}

const readIn = (row: LayerRow, look: Look): Reading<Size> =>
  look.kind === "steps" ? readRatio(row, look.step) : read(row, look.quantity);

/** An SVG as PNG in base 64. */
export async function pngOf(svg: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = DENSITY * image.naturalWidth;
  canvas.height = DENSITY * image.naturalHeight;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("internal: the page has no canvas");
  context.scale(DENSITY, DENSITY);
  context.drawImage(image, 0, 0);
  return canvas.toDataURL("image/png").replace(/^.*,/, "");
}

const escaped = (words: string): string =>
  words.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

const text = (x: number, y: number, words: string, more: string): string =>
  `<text x="${x.toFixed(1)}" y="${String(y)}" ${more}>${escaped(words)}</text>`;

/** Percent of the chart's column → the picture's units. */
const across = (percent: number): number => NAME + (CHART * percent) / 100;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly ink: string;
  readonly colour: Colour;
}

function rowOf(row: LayerRow, group: string, look: Look, { x, y, ink, colour }: Place): string {
  const reading = readIn(row, look);
  const call = row.call > 0 ? ` #${String(row.call + 1)}` : "";
  const type = row.functional ? "" : ` ${row.type}`;
  const right = `fill="${ink}" text-anchor="end"`;
  const rms = reading.kind === "value" ? short(reading.magnitude.rms) : "";
  const factor = row.factor === null || look.kind === "steps" ? "" : times(row.factor);
  return [
    text(x, y + 14, `${labelOf(row, group)}${call}${type}`, `fill="${ink}"`),
    ...marks(row, look, y, colour),
    reading.kind === "value" || reading.kind === "absent"
      ? ""
      : text(NAME + 4, y + 14, reading.text, `fill="${ink}" font-size="10"`),
    text(NAME + CHART + 60, y + 14, rms, right),
    text(WIDTH - 8, y + 14, factor, right),
  ].join("");
}

const FATES = {
  flushed: ["charts-red", "#e51400"],
  subnormal: ["charts-yellow", "#bf8803"],
  normal: ["charts-green", "#388a34"],
  overflow: ["charts-purple", "#652d90"],
} as const;

function marks(row: LayerRow, look: Look, y: number, colour: Colour): string[] {
  if (look.kind === "formats") {
    const magnitude = magnitudeOf(read(row, look.quantity));
    return (magnitude === null ? [] : cellsOf(magnitude, look)).map(({ x, width, fate, opacity }) =>
      box(
        across(x),
        y + 3,
        (CHART * width) / 100,
        LINE - 6,
        colour(FATES[fate][0], FATES[fate][1]),
        opacity,
      ),
    );
  }
  const reading = readIn(row, look);
  if (reading.kind !== "value") return [];
  const severity = worst([row]);
  const fill =
    severity === "error" || severity === "warning"
      ? colour(severity === "error" ? "editorError-foreground" : "editorWarning-foreground", "#c00")
      : colour("charts-blue", "#1a85ff");
  const width = (rms: number): number => (CHART * position(look.axis, rms)) / 100;
  const magnitude = look.kind === "depth" ? magnitudeOf(read(row, look.quantity)) : null;
  const spread = magnitude && spreadOf(magnitude);
  const ink = colour("foreground", "#333333");
  const percentiles = spread
    ? [box(NAME + width(spread.low), y + 2, width(spread.high) - width(spread.low), 1, ink)]
    : [];
  const other = look.kind === "depth" ? look.against?.get(row.id) : undefined;
  const before = other && readIn(other, look);
  const second =
    before?.kind === "value"
      ? [box(NAME, y + 15, width(before.magnitude.rms), 3, colour("charts-purple", "#652d90"))]
      : [];
  return [box(NAME, y + 5, width(reading.magnitude.rms), 8, fill), ...percentiles, ...second];
}

const box = (
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  alpha = 1,
): string =>
  `<rect x="${x.toFixed(2)}" y="${String(y)}" width="${width.toFixed(2)}" height="${String(height)}" ` +
  `fill="${escaped(fill)}" fill-opacity="${alpha.toFixed(2)}"/>`;

function guides(look: Look): string[] {
  const places =
    look.kind === "formats"
      ? edgesOf(look)
      : look.thresholds.map(({ value }) => position(look.axis, value));
  return places.map((percent) => across(percent).toFixed(1));
}

function labels(look: Look): (readonly [number, string])[] {
  if (look.kind !== "formats") {
    return ticks(look.axis).map(
      (exponent) => [across(position(look.axis, 10 ** exponent)), decade(exponent)] as const,
    );
  }
  const { min, max } = look.bins;
  const step = Math.max(1, Math.ceil((max - min) / 8));
  return Array.from({ length: Math.floor((max - min) / step) + 1 }, (_, i) => {
    const exponent = min + i * step;
    return [across((100 * (exponent - min)) / (max - min)), power(exponent)] as const;
  });
}
