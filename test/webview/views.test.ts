import assert from "node:assert/strict";

import type { Page } from "playwright-core";

import type { PanelState } from "../../webview/protocol.ts";
import { requests, send, waitForRequests } from "./support/page.ts";
import type { Options } from "./support/page.ts";
import { longNet, shown, sigmoidNet, tenfold } from "./support/samples.ts";
import { staged } from "./support/staged.ts";

describe("views of the panel", function () {
  this.timeout(90_000);
  const show = staged();
  let page: Page;

  async function draw(state: PanelState, options?: Options): Promise<void> {
    page = await show(state, options);
  }

  const layer = (id: string) => page.locator(`tr[id="row ${id}"]`);

  describe("number formats", () => {
    const open = async (): Promise<void> => {
      await draw(shown(sigmoidNet(12)), { height: 1100 }); // its last row is in sight
      await page.getByRole("tab", { name: "Formats" }).click();
    };
    const cells = (id: string) =>
      layer(id)
        .locator("svg.heat rect")
        .evaluateAll((rects) => rects.map((rect) => rect.getAttribute("class")));

    it("show each layer's exponents in the colours of their fate, and the shares as a table", async () => {
      await open();
      assert.deepEqual(new Set(await cells("layers.0")), new Set(["flushed"]));
      assert.deepEqual([...new Set(await cells("head"))].sort(), ["normal", "subnormal"]);
      assert.equal(await layer("layers.0").locator("td").nth(3).innerText(), "100 %");
      assert.match(
        await page.getByRole("status").innerText(),
        /^\d+ of 13 layers lose more than 1 %/,
      );
    });

    it("follow the loss scale at once, by mouse and keyboard, without a run", async () => {
      await open();
      const slider = page.getByRole("slider", { name: "Loss scale" });
      await slider.fill("24");
      assert.equal(await slider.getAttribute("aria-valuetext"), "2²⁴ = 16777216");
      assert.ok((await cells("layers.7")).every((fate) => fate === "normal"));
      await slider.press("End");
      assert.ok((await cells("head")).includes("overflow"));
      await slider.press("Home");
      assert.deepEqual(new Set(await cells("layers.0")), new Set(["flushed"]));
      assert.deepEqual(await requests(page), []);
    });

    it("know other formats, and that activations are not scaled", async () => {
      await open();
      await page.getByRole("combobox", { name: "Number format" }).selectOption("bfloat16");
      assert.equal(await page.getByRole("status").innerText(), "Nothing is lost in bfloat16.");
      await page.getByLabel("Show").selectOption("activations");
      assert.ok(await page.getByRole("slider").isDisabled());
    });

    it("remember format and loss scale", async () => {
      await open();
      await page.getByRole("slider").fill("7");
      await page.getByRole("combobox", { name: "Number format" }).selectOption("e4m3");
      const stored = await page.evaluate(() => window.host.stored);
      await page.context().close();
      await draw(shown(sigmoidNet(12)), { stored });
      assert.equal(await page.getByRole("slider").inputValue(), "7");
      assert.equal(
        await page.getByRole("combobox", { name: "Number format" }).inputValue(),
        "e4m3",
      );
    });
  });

  describe("another run", () => {
    it("stands beside this one: second bars and the change per layer", async () => {
      const before = sigmoidNet(4);
      const runs = [{ id: "7", label: "14:02 · seed 1" }];
      await draw(shown({ ...sigmoidNet(4), runs }));
      await page.getByLabel("against").selectOption("14:02 · seed 1");
      const asked = [{ method: "compare", params: { run: "7" } }];
      assert.deepEqual(await waitForRequests(page, 1), asked);
      const rows = before.rows.map((row) => (row.id === "head" ? tenfold(row) : row));
      const against = { id: "7", label: "14:02 · seed 1", rows };
      await send(page, { type: "state", state: shown({ ...sigmoidNet(4), runs, against }) });
      assert.equal(await layer("head").locator("td").nth(3).innerText(), "×0.1");
      assert.equal(await layer("layers.0").locator("td").nth(3).innerText(), "=");
      const width = (selector: string) =>
        layer("head")
          .locator(selector)
          .evaluate((bar) => bar.getBoundingClientRect().width);
      assert.ok((await width("rect.second")) > (await width("rect.value")));
      await page.getByLabel("against").selectOption("no other run");
      assert.deepEqual((await waitForRequests(page, 2)).at(-1)?.params, { run: null });
    });

    it("is made with another seed, batch or precision from the panel", async () => {
      await draw(shown(sigmoidNet(2)));
      await page.getByText("Run settings").click();
      await page.getByLabel("Seed").fill("3");
      await page.getByLabel("Seed").press("Enter");
      await page.getByLabel("Batch").fill("0");
      await page.getByLabel("Batch").press("Enter");
      assert.equal(await page.getByLabel("Batch").inputValue(), "32");
      await page.getByLabel("Precision").selectOption("float64");
      assert.deepEqual(await waitForRequests(page, 2), [
        { method: "set", params: { seed: 3 } },
        { method: "set", params: { dtype: "float64", mixed: null } },
      ]);
    });
  });

  describe("findings", () => {
    it("are filtered by words, and the first fix stands below the verdict", async () => {
      const net = sigmoidNet(4);
      const [one, two] = net.findings;
      assert.ok(one && two);
      const findings = [one, two, { ...two, id: "f2", place: "other.py:3" }, { ...two, id: "f3" }];
      await draw(shown({ ...net, findings }));
      await page.locator(".remedy").click();
      const params = { finding: "f0", fix: "x0" };
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "applyFix", params }]);
      await page.getByRole("tab", { name: "Layers" }).press("ArrowLeft");
      await page.getByLabel("Filter findings").fill("WARNING other");
      assert.equal(await page.locator(".findings li").count(), 1);
      assert.match(await page.locator(".findings h2").innerText(), /Findings 4 \(1 shown\)/);
    });

    it("are filtered by severity and code, which is remembered", async () => {
      const net = sigmoidNet(4);
      const [one, two] = net.findings;
      assert.ok(one && two);
      const findings = [one, two, { ...two, id: "f2" }, { ...one, id: "f3", code: "units-dead" }];
      await draw(shown({ ...net, findings }));
      const codes = () => page.locator(".findings li b").allInnerTexts();
      await page.getByRole("tab", { name: "Findings 4" }).click();
      const warnings = page.getByRole("button", { name: "warning: 2" });
      assert.equal(await warnings.getAttribute("aria-pressed"), "true");
      await warnings.press("Space");
      assert.equal(await warnings.getAttribute("aria-pressed"), "false");
      assert.deepEqual(await codes(), ["gradient-vanishing", "units-dead"]);
      await page.getByLabel("Code").selectOption("units-dead");
      assert.deepEqual(await codes(), ["units-dead"]);
      const stored = await page.evaluate(() => window.host.stored);
      await page.context().close();
      await draw(shown({ ...net, findings }), { stored });
      assert.deepEqual(await codes(), ["units-dead"]);
      await send(page, {
        type: "state",
        state: shown({ ...net, findings: findings.slice(0, 3).concat(one) }),
      });
      assert.deepEqual(await codes(), ["gradient-vanishing", "gradient-vanishing"]);
    });
  });

  describe("export", () => {
    it("hands back the whole chart as SVG and PNG", async () => {
      await draw(shown(longNet(200)));
      await send(page, { type: "export", kind: "svg" });
      const [asked] = await waitForRequests(page, 1);
      assert.ok(asked?.method === "save");
      const { content } = asked.params as { content: string };
      assert.ok(content.startsWith("<svg ") && content.trimEnd().endsWith("</svg>"));
      assert.equal(content.match(/ Conv2d</g)?.length, 200);
      const faults = await page.evaluate((svg) => {
        const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
        return parsed.querySelectorAll("parsererror").length;
      }, content);
      assert.equal(faults, 0);
      await page.getByRole("tab", { name: "Formats" }).click();
      await send(page, { type: "export", kind: "png" });
      const png = (await waitForRequests(page, 2)).at(-1)?.params as { content: string };
      assert.ok(Buffer.from(png.content, "base64").subarray(1, 4).equals(Buffer.from("PNG")));
    });
  });
});
