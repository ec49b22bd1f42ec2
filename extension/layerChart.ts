/** A layer's exponents and its place in the depth as a small picture for a hover. Editor-free. */
import type { Layer, Report, Stats } from "../engine/report.ts";

/** Colours of the editor's four kinds of theme, since a picture cannot read its variables. */
export const INKS = {
  dark: { text: "#cccccc", bar: "#3794ff", bad: "#f14c4c", thin: "#cca700", line: "#8b8b8b" },
  light: { text: "#3b3b3b", bar: "#1a85ff", bad: "#e51400", thin: "#bf8803", line: "#767676" },
  hcDark: { text: "#ffffff", bar: "#3794ff", bad: "#f48771", thin: "#ffd370", line: "#ffffff" },
  hcLight: { text: "#292929", bar: "#0f4a85", bad: "#b5200d", thin: "#895503", line: "#292929" },
} as const;
export type Ink = (typeof INKS)[keyof typeof INKS];

const WIDTH = 320;
const HEIGHT = 84;
/** The histogram's and the sparkline's part of the width. */
const HISTOGRAM = { from: 4, to: 170 } as const;
const DEPTH = { from: 190, to: 316 } as const;
const BASE = 64;
const TOP = 16;

/** Exponents of float16's largest number, smallest normal and smallest subnormal. */
const BANDS = { most: 15, normal: -14, least: -24 } as const;

/** The gradient that a layer is judged by: its main parameter's, else its output's. */
export function gradientOf(report: Report, layer: Layer): Stats | null {
  const own = layer.functional ? [] : report.parameters.filter((p) => p.layer === layer.path);
  const main = own.find(({ name }) => name.endsWith("weight")) ?? own[0];
  return main?.grad ?? layer.outputGrad;
}

/** SVG; null where the layer has no gradient with a non-zero element. */
export function layerChart(report: Report, layer: Layer, ink: Ink): string | null {
  const grad = gradientOf(report, layer);
  if (!grad || grad.exponents.counts.every((count) => count === 0)) return null;
  const title = (x: number, words: string): string =>
    `<text x="${x}" y="10" fill="${ink.text}" font-size="10">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif">`,
    title(HISTOGRAM.from, "2^n, float16"),
    ...histogram(grad, ink),
    title(DEPTH.from, "∂L/∂output, log₁₀"),
    ...sparkline(report, layer, ink),
    "</svg>",
  ].join("");
}

function histogram({ exponents: { min, counts } }: Stats, ink: Ink): string[] {
  const used = counts.flatMap((count, i) => (count > 0 ? [min + i] : []));
  const from = Math.min(BANDS.least - 4, ...used);
  const to = Math.max(2, ...used) + 1;
  const step = (HISTOGRAM.to - HISTOGRAM.from) / (to - from);
  const at = (exponent: number): number => HISTOGRAM.from + (exponent - from) * step;
  const most = Math.max(...counts);
  const bars = counts.flatMap((count, i) => {
    if (count === 0) return [];
    const exponent = min + i;
    const height = Math.max(1, (BASE - TOP) * Math.sqrt(count / most));
    const fill =
      exponent < BANDS.least - 1 || exponent > BANDS.most
        ? ink.bad
        : exponent < BANDS.normal
          ? ink.thin
          : ink.bar;
    return [rect(at(exponent), BASE - height, step * 0.9, height, fill)];
  });
  const ends = [BANDS.least, BANDS.normal, BANDS.most + 1].filter(
    (each) => each > from && each < to,
  );
  return [
    ...bars,
    ...ends.map((exponent) => dashed(at(exponent), ink)),
    ...ends.map(
      (exponent) =>
        `<text x="${at(exponent).toFixed(1)}" y="76" fill="${ink.text}" font-size="9" text-anchor="middle">${exponent}</text>`,
    ),
  ];
}

/** rms of every layer's output gradient in forward order, this layer's as a dot. */
function sparkline(report: Report, layer: Layer, ink: Ink): string[] {
  const points = report.layers.flatMap((each) =>
    each.outputGrad && each.outputGrad.rms > 0
      ? [{ each, power: Math.log10(each.outputGrad.rms) }]
      : [],
  );
  if (points.length < 2) return [];
  const powers = points.map(({ power }) => power);
  const low = Math.min(...powers);
  const span = Math.max(1, Math.max(...powers) - low); // a flat line stays flat
  const x = (i: number): number => DEPTH.from + ((DEPTH.to - DEPTH.from) * i) / (points.length - 1);
  const y = (power: number): number => BASE - ((BASE - TOP - 4) * (power - low)) / span;
  const path = points.map(({ power }, i) => `${x(i).toFixed(1)},${y(power).toFixed(1)}`).join(" ");
  const here = points.findIndex(({ each }) => each === layer);
  const at = points[here];
  const label = (power: number, i: number, anchor: string): string =>
    `<text x="${x(i).toFixed(1)}" y="76" fill="${ink.text}" font-size="9" text-anchor="${anchor}">${power.toFixed(1)}</text>`;
  return [
    `<polyline points="${path}" fill="none" stroke="${ink.bar}" stroke-width="1.5"/>`,
    ...(at
      ? [
          `<circle cx="${x(here).toFixed(1)}" cy="${y(at.power).toFixed(1)}" r="3.5" fill="${ink.bad}"/>`,
        ]
      : []),
    label(powers[0] ?? 0, 0, "start"),
    label(powers.at(-1) ?? 0, points.length - 1, "end"),
  ];
}

const rect = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(2)}" height="${height.toFixed(1)}" fill="${fill}"/>`;

const dashed = (x: number, { line }: Ink): string =>
  `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${TOP}" y2="${BASE}" stroke="${line}" stroke-dasharray="2 2"/>`;
