import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import type { Page } from "playwright-core";

import type { PanelState } from "../../webview/protocol.ts";
import { requests, send, Stage, waitForRequests } from "./support/page.ts";
import type { Options } from "./support/page.ts";
import { longNet, oddNet, shown, sigmoidNet, sigmoidRms, tenfold } from "./support/samples.ts";

const EMPTY: PanelState = { status: "empty", target: "model.py" };
const FAILED = {
  status: "failed",
  target: "model.py",
  code: "python-error",
  message: "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x784 and 256x10)",
} as const;
const RUNNING: PanelState = {
  status: "running",
  target: "model.py",
  phase: "runs the model backward",
  detail: "layer 7 of 25",
  previous: null,
};

describe("side panel", function () {
  this.timeout(90_000);
  let stage: Stage;
  let page: Page;

  async function draw(state: PanelState, options?: Options): Promise<void> {
    page = await stage.show(state, options);
  }

  const layer = (id: string) => page.locator(`tr[id="row ${id}"]`);
  const activeRow = () => page.locator("tr[aria-selected=true]");

  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage.close());
  afterEach(async () => {
    const violations = await page.evaluate(() => window.host.violations);
    await page.context().close();
    assert.deepEqual([...violations, ...stage.errors.splice(0)], []);
  });

  describe("layers", () => {
    it("stand in forward order under their container, functional calls in between", async () => {
      await draw(shown(sigmoidNet(3)));
      const names = await page.locator("tbody tr td:first-child").allTextContents();
      assert.deepEqual(
        names.map((name) => name.trim()),
        ["layers", "0 Linear", "sigmoid()", "1 Linear", "sigmoid() #2", "2 Linear"].concat([
          "sigmoid() #3",
          "head Linear",
        ]),
      );
    });

    it("have bars whose length is proportional to log10 of the rms", async () => {
      const depth = 12;
      await draw(shown(sigmoidNet(depth)));
      const widths = await page
        .locator("rect.value")
        .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
      const full = (await page.locator("svg.bar").first().boundingBox())?.width ?? 0;
      const powers = Array.from({ length: depth + 1 }, (_, k) => Math.log10(sigmoidRms(k, depth)));
      // the axis holds the smallest 5th percentile, a Gaussian's 0.0627 rms
      const [min, max] = [Math.floor((powers[0] ?? 0) + Math.log10(0.0627) - 0.1), 0];
      powers.forEach((power, k) => {
        const expected = (full * (power - min)) / (max - min);
        assert.ok(Math.abs((widths[k] ?? NaN) - expected) < 0.1, `bar ${String(k)}`);
      });
    });

    it("share an axis with labelled decades and the thresholds it reaches", async () => {
      await draw(shown(sigmoidNet(12)));
      assert.deepEqual(await page.locator("svg.scale text").allTextContents(), [
        "10⁻¹⁰",
        "10⁻⁵",
        "1",
      ]);
      const bar = page.locator("svg.bar").first();
      const lines = await bar
        .locator("line.threshold")
        .evaluateAll((drawn) => drawn.map((line) => line.getBoundingClientRect().x));
      const box = await bar.boundingBox();
      assert.ok(box !== null && lines.length === 2);
      const expected = box.x + (box.width * (Math.log10(2 ** -24) + 13)) / 13;
      assert.ok(Math.abs((lines[0] ?? NaN) - expected) < 1);
      assert.match(await page.getByLabel("Legend").innerText(), /smallest subnormal, 2⁻²⁴/);
    });

    it("tell zero by construction, zero at start, no gradient and NaN apart", async () => {
      await draw(shown(oddNet()));
      const word = (id: string) => layer(id).locator("svg.bar text").textContent();
      assert.equal(await word("blocks.0.attn.key"), "zero by construction");
      assert.equal(await word("blocks.0.gate"), "zero at start");
      assert.equal(await word("blocks.0.unused"), "no gradient");
      assert.equal(await word("blocks.0.dead"), "all zero");
      assert.equal(await word("blocks.1.norm"), "NaN");
      assert.equal(await layer("blocks.0.attn.key").locator("rect.hollow").count(), 1);
      assert.equal(await layer("blocks.0.attn.key").locator("rect.value").count(), 0);
    });

    it("carry their findings' marks and exact numbers", async () => {
      await draw(shown(sigmoidNet(12)));
      const first = layer("layers.0");
      assert.ok(await first.getByLabel("warning: float16-underflow").isVisible());
      const title = (await first.getAttribute("title")) ?? "";
      assert.match(title, /^float16-underflow\nlayers\.0 \(Linear\), model\.py:11\n/);
      assert.match(title, /weight \[256, 256\]: gradient rms 3\.7049·10⁻¹², largest/);
      assert.match(
        (await first.locator("svg.strip").getAttribute("aria-label")) ?? "",
        /100 % bec/,
      );
    });

    it("show activations or their gradients instead, and remember it", async () => {
      await draw(shown(sigmoidNet(2)));
      await page.getByLabel("Show").selectOption("activations");
      assert.equal(await page.locator("rect.value").count(), 5);
      const stored = await page.evaluate(() => window.host.stored);
      await page.context().close();
      await draw(shown(sigmoidNet(2)), { stored });
      assert.equal(await page.getByLabel("Show").inputValue(), "activations");
    });
  });

  describe("places", () => {
    it("a click goes to the line and leaves the keyboard here; a double click takes it along", async () => {
      await draw(shown(sigmoidNet(4)));
      await layer("layers.2").click();
      const params = { target: "row", id: "layers.2", focus: false };
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "reveal", params }]);
      assert.equal(await activeRow().getAttribute("id"), "row layers.2");
      await layer("head").dblclick();
      const all = await waitForRequests(page, 2);
      assert.deepEqual(all.at(-1)?.params, { target: "row", id: "head", focus: true });
    });

    it("arrow keys walk rows and headings, Enter goes to the line", async () => {
      await draw(shown(sigmoidNet(4)));
      await page.getByLabel("Show").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      assert.equal(await activeRow().getAttribute("id"), "row layers.1");
      const walked = await waitForRequests(page, 1);
      assert.deepEqual(walked.at(-1)?.params, { target: "row", id: "layers.1", focus: false });
      await page.keyboard.press("Enter");
      const entered = await waitForRequests(page, walked.length + 1);
      assert.deepEqual(entered.at(-1)?.params, { target: "row", id: "layers.1", focus: true });
      await page.keyboard.press("End");
      assert.equal(await activeRow().getAttribute("id"), "row head");
      assert.equal(await page.locator("tbody [tabindex='0']").count(), 1);
    });

    it("ArrowLeft leads to the heading and shuts it, ArrowRight opens it", async () => {
      await draw(shown(sigmoidNet(4)));
      await layer("layers.2").click();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assert.equal(await page.locator("tr.layer").count(), 1);
      assert.match(await activeRow().innerText(), /layers\s+8 layers/);
      assert.ok(await activeRow().getByLabel("error").isVisible());
      await page.keyboard.press("ArrowRight");
      assert.equal(await page.locator("tr.layer").count(), 9);
    });

    it("the editor's cursor selects a bar, opens its group and scrolls to it", async () => {
      await draw(shown(longNet(200)));
      await page.locator("tr.group").nth(15).click();
      await page.evaluate(() => {
        window.scrollTo(0, 0);
      });
      await send(page, { type: "select", rowIds: ["stage2.5.conv3"] });
      assert.equal(await activeRow().getAttribute("id"), "row stage2.5.conv3");
      const box = await layer("stage2.5.conv3").boundingBox();
      assert.ok(box !== null && box.y > 20 && box.y + box.height < 761, JSON.stringify(box));
      assert.deepEqual(await requests(page), []);
    });

    it("a line with many rows marks them all and keeps the active one", async () => {
      await draw(shown(sigmoidNet(4)));
      await layer("layers.2").click();
      await send(page, { type: "select", rowIds: ["layers.0", "layers.1", "layers.2"] });
      assert.equal(await activeRow().getAttribute("id"), "row layers.2");
      assert.equal(await page.locator("tr.linked").count(), 3);
      await send(page, { type: "select", rowIds: ["head"] });
      assert.equal(await activeRow().getAttribute("id"), "row head");
    });

    it("findings and missing names lead to their lines, fixes are applied by id", async () => {
      await draw(shown({ ...sigmoidNet(4), unsupported: oddNet().unsupported }));
      await page.getByRole("tab", { name: "Findings 2" }).click();
      await page.getByLabel("gradient-vanishing: go to model.py:14").click();
      await page.locator(".findings .fix").click();
      await page.getByLabel("torch.fft.hfft2: go to odd.py:40").click();
      assert.deepEqual(await waitForRequests(page, 3), [
        { method: "reveal", params: { target: "finding", id: "f0", focus: true } },
        { method: "applyFix", params: { finding: "f0", fix: "x0" } },
        { method: "reveal", params: { target: "unsupported", id: "torch.fft.hfft2", focus: true } },
      ]);
    });
  });

  describe("number formats", () => {
    const open = async (options?: Options): Promise<void> => {
      await draw(shown(sigmoidNet(12)), options);
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

  it("speaks another language where the page brings one", async () => {
    const texts = readFileSync("extension/l10n/bundle.l10n.de.json", "utf8");
    await draw(shown(sigmoidNet(3)), { texts });
    const names = await page.getByRole("tab").allInnerTexts();
    assert.deepEqual(names, ["Schichten", "Formate", "Schritte", "Befunde 2"]);
    await page.getByRole("tab", { name: "Formate" }).click();
    await page.screenshot({ path: ".screenshots/panel-dark-german.png", fullPage: true });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 340, `nothing is wider than the side bar: ${String(width)}`);
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

  describe("states", () => {
    it("welcome: how to start, and a button that runs", async () => {
      await draw(EMPTY);
      await page.getByRole("button", { name: "Analyze model.py" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "run", params: undefined }]);
      await send(page, { type: "state", state: { status: "empty", target: null } });
      await page.getByRole("button", { name: "Open an example" }).click();
      assert.equal((await waitForRequests(page, 2)).at(-1)?.method, "sample");
      assert.match(await page.locator("main").innerText(), /Open a Python file/);
    });

    it("running: says what it does and can be cancelled", async () => {
      await draw(RUNNING);
      assert.match(
        await page.getByRole("status").innerText(),
        /Analyzing model\.py runs the model/,
      );
      await page.getByRole("button", { name: "Cancel" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "cancel", params: undefined }]);
    });

    it("running: nothing moves where reduced motion is wished", async () => {
      await draw(RUNNING, { reducedMotion: true });
      const animation = (): Promise<string> =>
        page.locator(".runner").evaluate((bar) => getComputedStyle(bar).animationName);
      assert.equal(await animation(), "none");
      await page.emulateMedia({ reducedMotion: "no-preference" });
      assert.equal(await animation(), "run");
    });

    it("stale: says so and offers to run again", async () => {
      await draw(shown(sigmoidNet(2), true));
      assert.match(
        await page.getByRole("status").innerText(),
        /The file has changed since this run/,
      );
      await page.getByRole("button", { name: "Run again" }).click();
      assert.deepEqual(await waitForRequests(page, 1), [{ method: "run", params: undefined }]);
      await send(page, { type: "state", state: shown(sigmoidNet(2)) });
      assert.equal(await page.getByRole("status").count(), 0);
    });

    it("failed: the message, and the result before it", async () => {
      await draw({ ...FAILED, previous: null });
      assert.match(await page.getByRole("alert").innerText(), /mat1 and mat2 shapes/);
      assert.equal(await page.locator("table").count(), 0);
      await send(page, { type: "state", state: { ...FAILED, previous: sigmoidNet(2) } });
      assert.match(await page.getByRole("alert").innerText(), /result of the run before/);
      assert.equal(await page.locator("tr.layer").count(), 5);
    });

    it("no trouble: says so", async () => {
      await draw(shown(longNet(3)));
      assert.equal(await page.locator(".verdict").innerText(), "No trouble found");
      assert.equal(await page.locator(".remedy").count(), 0);
      await page.getByRole("tab", { name: "Findings 0" }).click();
      assert.equal(await page.locator(".findings li").count(), 0);
    });
  });

  describe("messages", () => {
    it("shows why a request was refused", async () => {
      await draw(EMPTY);
      await page.evaluate(() => (window.host.refusal = "Another run is under way."));
      await page.getByRole("button", { name: "Analyze model.py" }).click();
      assert.equal(await page.getByRole("alert").innerText(), "Another run is under way.");
    });

    it("shows a notice of failure until the next state", async () => {
      await draw(EMPTY);
      await send(page, { type: "failed", code: "fix", message: "The text has changed." });
      assert.equal(await page.getByRole("alert").innerText(), "The text has changed.");
      await send(page, { type: "state", state: EMPTY });
      assert.equal(await page.getByRole("alert").count(), 0);
    });

    it("ignores what is not of the protocol", async () => {
      await draw(shown(sigmoidNet(2)));
      const before = await page.locator("main").innerHTML();
      const row = { ...sigmoidNet(2).rows[0], parameters: "many" };
      for (const message of [
        { type: "dance" },
        { type: "toString" },
        { type: "state", state: { status: "result", target: null, stale: false } },
        { type: "state", state: shown({ ...sigmoidNet(2), rows: [row as never] }) },
        { type: "select", rowIds: [1] },
        { id: 77, ok: true, result: null },
        { id: "1", ok: false },
      ]) {
        await send(page, message);
      }
      assert.equal(await page.locator("main").innerHTML(), before);
    });

    it("draws text of the user's file as text", async () => {
      const title = "<img src=x onerror=alert(1)>";
      await draw(shown({ ...sigmoidNet(2), title }));
      assert.equal(await page.locator("h1").innerText(), title);
    });
  });

  it("keeps of 500 rows only those near the screen in the page, and the one with the keyboard", async () => {
    await draw(shown(longNet(500)));
    await page.getByRole("button", { name: "Unfold all" }).click();
    const table = page.locator("table");
    assert.equal(await table.getAttribute("aria-rowcount"), "556");
    await page.locator("tr.layer").first().click();
    const kept = async (): Promise<number> => page.locator("tbody tr[id]").count();
    assert.ok((await kept()) < 100, String(await kept()));
    const height = await table.evaluate((node) => node.getBoundingClientRect().height);
    assert.ok(height > 555 * 22, String(height));
    await page.mouse.wheel(0, 6000);
    await page.locator('tr[id="row stage3.5.conv5"]').waitFor();
    assert.ok((await kept()) < 100);
    await page.keyboard.press("ArrowDown");
    assert.equal(await activeRow().getAttribute("id"), "row stage1.0.conv1");
    await page.keyboard.press("End");
    assert.equal(await activeRow().getAttribute("id"), "row stage5.9.conv9");
    assert.ok(await activeRow().isVisible());
  });

  it("folds a long network to its modules, and says what stands below", async () => {
    await draw(shown(longNet(500)));
    const groups = page.locator("tr.group");
    assert.deepEqual(
      (await groups.allTextContents()).slice(0, 3).map((text) => text.trim()),
      ["stage1", "0 10 layers", "1 10 layers"],
    );
    assert.equal(await page.locator("tr.layer").count(), 0);
    const range = await groups.nth(1).locator("svg.bar").getAttribute("aria-label");
    assert.match(range ?? "", /^9\.1·10⁻³ to 0\.01$/);
  });
});
