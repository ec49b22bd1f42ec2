/** Every view in the four kinds of theme, narrow and wide: a screenshot, and nothing that axe-core finds. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";

import axe from "axe-core";
import type { Page } from "playwright-core";

import type { PanelState, ResultView } from "../../webview/protocol.ts";
import { send, Stage } from "./support/page.ts";
import type { Options } from "./support/page.ts";
import { longNet, oddNet, scaled, shown, sigmoidNet, tenfold } from "./support/samples.ts";
import type { Theme } from "./support/themes.ts";

const RUNNING: PanelState = {
  status: "running",
  target: "model.py",
  phase: "runs the model backward",
  detail: "layer 7 of 25",
  previous: sigmoidNet(3),
};
const FAILED: PanelState = {
  status: "failed",
  target: "model.py",
  code: "python-error",
  message: "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x784 and 256x10)",
  previous: null,
};

interface View {
  readonly name: string;
  readonly state: PanelState;
  /** The tab that is chosen; undefined: the layers. */
  readonly tab?: string;
  readonly act?: (page: Page) => Promise<unknown>;
}

const { rows } = sigmoidNet(12);
const against = { id: "7", label: "14:02 · seed 1", rows: rows.map(tenfold) };

const VIEWS: readonly View[] = [
  {
    name: "",
    state: shown(sigmoidNet(12)),
    act: async (page) => {
      await page.locator('tr[id="row layers.3"]').click();
      await send(page, { type: "select", rowIds: ["layers.3", "layers.4"] });
      await page.getByText("How to read this").click();
      await page.locator(".exact summary").click();
    },
  },
  {
    name: "-formats",
    state: shown(sigmoidNet(12)),
    tab: "Formats",
    act: (page) => page.getByRole("slider").fill("12"),
  },
  {
    name: "-steps",
    state: shown(scaled()),
    tab: "Steps",
    act: async (page) => {
      await page.getByText("As a table").click();
      await page.getByRole("slider").fill("3");
    },
  },
  { name: "-no-steps", state: shown(sigmoidNet(12)), tab: "Steps" },
  { name: "-findings", state: shown(manyFindings()), tab: "Findings 6" },
  {
    name: "-against",
    state: shown({ ...sigmoidNet(12), runs: [{ id: "7", label: against.label }], against }),
    act: (page) => page.getByText("Run settings").click(),
  },
  { name: "-long", state: shown(longNet(200)) },
  { name: "-odd", state: shown(oddNet(), true) },
  { name: "-running", state: RUNNING },
  { name: "-failed", state: FAILED },
  { name: "-welcome", state: { status: "empty", target: "model.py" } },
];

/** Enough findings for the filter. */
function manyFindings(): ResultView {
  const net = sigmoidNet(12);
  const more = [1, 2].flatMap((k) =>
    net.findings.map((each) => ({ ...each, id: each.id + String(k) })),
  );
  return { ...net, findings: [...net.findings, ...more] };
}

/** The side bar, and the panel as an editor. */
const WIDTHS = { narrow: 340, wide: 900 } as const;

describe("the panel in every theme", function () {
  this.timeout(180_000);
  let stage: Stage;
  before(async () => {
    mkdirSync(".screenshots", { recursive: true });
    stage = await Stage.open();
  });
  after(() => stage.close());

  for (const theme of ["dark", "light", "hcDark", "hcLight"] satisfies Theme[]) {
    for (const [size, width] of Object.entries(WIDTHS)) {
      it(`has no accessibility fault in ${theme}, ${size}`, async () => {
        for (const { name, state, tab, act } of VIEWS) {
          const page = await stage.show(state, { theme, width });
          if (tab !== undefined) await page.getByRole("tab", { name: tab }).click();
          await act?.(page);
          const file = `panel-${theme}${name}${size === "wide" ? "-wide" : ""}.png`;
          await page.screenshot({ path: `.screenshots/${file}`, fullPage: true });
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(overflow <= width, `${file} is wider than its page: ${String(overflow)}`);
          const violations = await page.evaluate(() => window.host.violations);
          assert.deepEqual([...violations, ...stage.errors.splice(0)], []);
          assert.deepEqual(await faults(page), [], file);
          await page.context().close();
        }
      });
    }
  }
});

describe("the panel under a person's own settings", function () {
  this.timeout(180_000);
  let stage: Stage;
  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage.close());

  const each = async (name: string, options: Options): Promise<void> => {
    for (const { name: view, state, tab, act } of VIEWS) {
      const page = await stage.show(state, options);
      if (tab !== undefined) await page.getByRole("tab", { name: tab }).click();
      await act?.(page);
      const file = `panel-${name}${view}.png`;
      await page.screenshot({ path: `.screenshots/${file}`, fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(overflow <= (options.width ?? 340), `${file}: ${String(overflow)}`);
      assert.deepEqual(stage.errors.splice(0), []);
      // axe-core takes the page's colours for those on the screen, which forced ones are not.
      if (!options.forcedColors) assert.deepEqual(await faults(page), [], file);
      await page.context().close();
    }
  };

  it("fits at 200 % zoom: half the pixels of a side bar", () =>
    each("zoomed", { width: 170, height: 380 }));

  it("shows selection and chosen tab in forced colours", async () => {
    await each("forced", { forcedColors: true });
    const page = await stage.show(shown(sigmoidNet(4)), { forcedColors: true });
    await page.locator('tr[id="row layers.2"]').click();
    const line = (selector: string, side: string): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), side);
    assert.equal(await line("tr.active", "outline-width"), "2px");
    assert.notEqual(
      await line('.tab[aria-selected="true"]', "border-bottom-color"),
      await line('.tab[aria-selected="false"]', "border-bottom-color"),
    );
    await page.context().close();
  });
});

/** What axe-core finds, in words. */
async function faults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await (window as unknown as { axe: typeof axe }).axe.run();
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""} ${nodes[0]?.failureSummary ?? ""}`,
    );
  });
}
