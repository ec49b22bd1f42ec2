import assert from "node:assert/strict";

import { axisOf, position, ticks } from "../../webview/charts/axis.ts";
import { widths } from "../../webview/charts/strip.tsx";
import { counterparts } from "../../webview/counterparts.ts";
import { FORMATS, fateOf, kept, safeScales } from "../../webview/formats.ts";
import { groupOf, groupRows, leads } from "../../webview/groups.ts";
import { decade, exact, percent, short, telling, times } from "../../webview/numbers.ts";
import { spreadOf } from "../../webview/percentiles.ts";
import type { LayerRow } from "../../webview/protocol.ts";
import { share } from "../../webview/share.ts";
import { around, branches, linesOf, treeOf } from "../../webview/tree.ts";
import { gaussian, longNet, row } from "./support/samples.ts";

describe("panel data", () => {
  it("groups layers by their numbered container, or else their parent", () => {
    const groups = {
      fc1: "",
      "features.0": "features",
      "layer1.0.downsample.0": "layer1.0",
      "encoder.layers.3.self_attn.out_proj": "encoder.layers.3",
      "features.denseblock1.denselayer3.norm1": "features.denseblock1.denselayer3",
      "backbone.conv1": "backbone",
      "": "",
    };
    for (const [path, group] of Object.entries(groups)) assert.equal(groupOf(path), group, path);
  });

  it("keeps functional calls with the rows before them, and the forward order", () => {
    const call = (id: string, path: string) => row(id, { path, functional: true, type: "relu" });
    const rows = [
      row("stem", {}),
      row("blocks.0.a", {}),
      call("x", "blocks.0"),
      row("blocks.0.b", {}),
      call("y", ""),
      row("blocks.1.a", {}),
      row("blocks.0.a again", { path: "blocks.0.a", call: 1 }),
      call("z", "other"),
    ];
    const groups = groupRows(rows);
    assert.deepEqual(
      groups.map(({ name, rows: inside }) => [name, ...inside.map(({ id }) => id)]),
      [
        ["", "stem"],
        ["blocks.0", "blocks.0.a", "x", "blocks.0.b", "y"],
        ["blocks.1", "blocks.1.a"],
        ["blocks.0", "blocks.0.a again"],
        ["other", "z"],
      ],
    );
    assert.equal(new Set(groups.map(({ key }) => key)).size, groups.length);
  });

  it("finds a layer again that was put into a container, or taken out of one", () => {
    const linear = (path: string) => row(`${path}:Linear:0`, { path, type: "Linear" });
    const relu = row("relu", { path: "", type: "relu", functional: true });
    const plain = [linear("inlet"), relu, linear("head"), linear("old")];
    const norm = row("inlet.1:LayerNorm:0", { path: "inlet.1", type: "LayerNorm" });
    const wrapped = [linear("inlet.0"), norm, linear("inlet.2"), relu, linear("head")];
    const pairs = (now: readonly LayerRow[], other: readonly LayerRow[]) => {
      const found = counterparts(now, other);
      return now.map(({ id }) => found.get(id)?.id ?? "");
    };
    assert.deepEqual(pairs(wrapped, plain), ["inlet:Linear:0", "", "", "relu", "head:Linear:0"]);
    assert.deepEqual(pairs(plain, wrapped), ["inlet.0:Linear:0", "relu", "head:Linear:0", ""]);
  });

  it("leads each finding by its first row", () => {
    const mark = (finding: string) => ({ finding, code: finding, severity: "warning" as const });
    const rows = [
      row("a", {}),
      row("b", { markers: [mark("x")] }),
      row("c", { markers: [mark("x"), mark("y")] }),
      row("d", { markers: [mark("y")] }),
    ];
    assert.deepEqual([...leads(rows)], ["b", "c"]);
  });

  it("nests headings by the module tree; chains of one have one heading", () => {
    const paths = ["stem", "enc.layers.0.a", "enc.layers.0.b", "enc.layers.1.a", "enc.norm.w.x"];
    const tree = treeOf([...paths, "head.fc"].map((path) => row(path, {})));
    const told = linesOf(tree, new Set()).map((line) =>
      line.kind === "row" ? line.row.id : `${String(line.level)} ${line.branch.label}`,
    );
    const [stem, a, b, c, d] = paths;
    assert.deepEqual(told, [
      stem,
      ...["1 enc", "2 layers", "3 0", a, b, "3 1", c],
      ...["2 norm.w", d, "1 head", "head.fc"],
    ]);
    const keys = branches(tree).map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
    assert.deepEqual(
      around(tree, "enc.layers.1.a").map(({ name }) => name),
      ["enc", "enc.layers", "enc.layers.1"],
    );
    assert.deepEqual(linesOf(tree, new Set(keys.slice(0, 1))).length, 4);
  });

  it("numbers the headings of modules that are entered again", () => {
    const tree = treeOf(["enc.a", "dec.a", "enc.b"].map((path) => row(path, {})));
    assert.deepEqual(
      branches(tree).map(({ label }) => label),
      ["enc", "dec", "enc #2"],
    );
  });

  it("tells from exponents what a format keeps", () => {
    const { float16, e4m3, e5m2, bfloat16 } = FORMATS;
    const fates = (format: typeof float16 | typeof e4m3, exponents: readonly number[]): string =>
      exponents.map((exponent) => fateOf(format, exponent)[0]).join("");
    assert.equal(fates(float16, [-26, -25, -15, -14, 15, 16]), "fssnno");
    assert.equal(fates(e4m3, [-11, -10, -7, -6, 8, 9]), "fssnno");
    assert.equal(fateOf(e5m2, 16), "overflow");
    assert.equal(fateOf(bfloat16, -127), "subnormal");
    const of = (min: number, counts: readonly number[], absMax: number) => ({
      ...gaussian(1),
      absMax,
      exponents: { min, counts },
    });
    // 256 ≤ |x| < 512: how many of the 5 lie above 464 cannot be told, if any does.
    assert.deepEqual(kept(of(7, [5, 5], 400), e4m3, 0)?.overflow, { least: 0, most: 0 });
    assert.deepEqual(kept(of(7, [5, 5], 500), e4m3, 0)?.overflow, { least: 0.1, most: 0.5 });
    assert.equal(kept(of(0, [0], 0), float16, 0), null);
    const one = of(-30, [1, 0, 0, 0, 0, 1], 2 ** -25);
    assert.equal(kept(one, float16, 0)?.flushed, 0.5);
    assert.deepEqual(safeScales([one], float16, 0.01), { from: 5, to: 32 });
    assert.deepEqual(safeScales([one, of(0, [1], 1.5)], float16, 0.01), { from: 5, to: 15 });
    assert.equal(safeScales([one, of(12, [1], 5000)], float16, 0.01), null);
  });

  it("tells percentiles from exponents, to a factor of two", () => {
    const of = (min: number, counts: readonly number[], absMax: number) =>
      spreadOf({ exponents: { min, counts }, absMax });
    assert.equal(of(0, [0, 0], 0), null);
    // the 5th of 100 is the last of the first bin, the 95th the last of the third
    assert.deepEqual(of(-3, [5, 45, 45, 5], 1.9), { low: 2 ** -2, high: 1 });
    assert.deepEqual(of(0, [10], 1.5), { low: 2 ** 0.05, high: 1.5 });
    // a million draws of a Gaussian have 5 % below 0.0627 and above 1.96
    const spread = spreadOf(gaussian(1, 1e6));
    assert.ok(spread && spread.low > 0.0627 / 1.1 && spread.low < 0.0627 * 1.1, "low");
    assert.ok(spread.high > 1.96 / 1.1 && spread.high < 1.96 * 1.1, String(spread.high));
  });

  it("spans whole decades around every value", () => {
    assert.deepEqual(axisOf([3e-11, 0.2], [-8, 0]), { min: -11, max: 0 });
    assert.deepEqual(axisOf([1e-11], [-8, 0]), { min: -12, max: 0 });
    assert.deepEqual(axisOf([0, NaN, 12], [-3, 0]), { min: -3, max: 3 });
    assert.equal(position({ min: -8, max: 0 }, 1e-2), 75);
    assert.equal(position({ min: -8, max: 0 }, 1e-300), 0);
    assert.deepEqual(ticks({ min: -8, max: 0 }), [-6, -3, 0]);
    assert.deepEqual(ticks({ min: -9, max: 2 }), [-7, -4, -1, 2]);
    assert.deepEqual(ticks({ min: -13, max: 0 }), [-10, -5, 0]);
    assert.deepEqual(ticks({ min: -308, max: 0 }).length <= 8, true);
  });

  it("draws every share that exists, and the strip stays full", () => {
    const drawn = widths([1e-6, 0, 0.999999, 0]);
    assert.ok((drawn[0] ?? 0) > 2.5 && drawn[1] === 0);
    assert.ok(Math.abs(drawn.reduce((sum, width) => sum + width, 0) - 100) < 1e-9);
  });

  it("writes numbers as a reader would", () => {
    assert.equal(short(3.2411e-9), "3.2·10⁻⁹");
    assert.equal(short(0.1414), "0.14");
    assert.equal(exact(65504), "6.5504·10⁴");
    assert.equal(exact(0), "0");
    assert.equal(times(0.1411), "×0.14");
    assert.equal(times(2.4e5), "×10⁵");
    assert.equal(times(0.0047), "×0.0047");
    assert.equal(decade(-12), "10⁻¹²");
    assert.equal(percent(1e-7), "< 0.1 %");
    assert.equal(percent(0.99999), "> 99.9 %");
    assert.equal(percent(0.9712), "97.1 %");
  });

  it("writes figures over steps with as many digits as tell them apart", () => {
    assert.deepEqual([4401.2, 4390.8].map(telling([4401.2, null, 4390.8])), ["4400", "4390"]);
    assert.deepEqual([0.693147, 0.693146].map(telling([0.693147, 0.693146])), [
      "0.69315",
      "0.69315",
    ]);
    assert.deepEqual([470.3, 321].map(telling([470.3, 321])), ["470", "320"]);
    assert.equal(telling([2.5])(2.5), "2.5");
  });

  it("keeps the objects of what has not changed", () => {
    const before = longNet(20);
    const after = structuredClone(before);
    assert.equal(share(before, after), before);
    const changed = {
      ...after,
      rows: after.rows.map((each, k) => (k === 3 ? { ...each, place: "model.py:99" } : each)),
    };
    const shared = share(before, changed);
    assert.deepEqual(shared, changed);
    assert.equal(shared.rows[2], before.rows[2]);
    assert.equal(shared.rows[3]?.outputGrad, before.rows[3]?.outputGrad);
    assert.equal(shared.findings, before.findings);
    assert.deepEqual(share([1, 2, 3], [1, 2]), [1, 2]);
    assert.deepEqual(share([1, 2], [1, 2, 3]), [1, 2, 3]);
    assert.deepEqual(share({ a: undefined }, { b: undefined }), { b: undefined });
  });
});
