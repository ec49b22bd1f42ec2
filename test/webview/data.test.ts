import assert from "node:assert/strict";

import { axisOf, position, ticks } from "../../webview/charts/axis.ts";
import { widths } from "../../webview/charts/strip.tsx";
import { groupOf, groupRows, leads } from "../../webview/groups.ts";
import { decade, exact, percent, short, times } from "../../webview/numbers.ts";
import { share } from "../../webview/share.ts";
import { longNet, row } from "./support/samples.ts";

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
    assert.equal(decade(-12), "10⁻¹²");
    assert.equal(percent(1e-7), "< 0.1 %");
    assert.equal(percent(0.99999), "> 99.9 %");
    assert.equal(percent(0.9712), "97.1 %");
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
