import assert from "node:assert/strict";
import type { Page } from "playwright-core";

import { across, heightOf, nearest, rangeOf } from "../../webview/charts/curve.tsx";
import { send, waitForRequests } from "./support/page.ts";
import { scaled, shown, sigmoidNet, trained } from "./support/samples.ts";
import { staged } from "./support/staged.ts";

describe("the range of a curve", () => {
  it("is linear, and logarithmic where positive values differ much", () => {
    assert.deepEqual(rangeOf([2, null, 1]), { kind: "linear", low: 1, high: 2 });
    assert.deepEqual(rangeOf([100, 1]), { kind: "log", low: 1, high: 100 });
    assert.deepEqual(rangeOf([-1, 100]), { kind: "linear", low: -1, high: 100 });
    assert.deepEqual(rangeOf([4, 4]), { kind: "linear", low: 2, high: 6 });
    assert.equal(rangeOf([null, null]), null);
  });

  it("places values between its ends, steps across the chart", () => {
    assert.equal(heightOf({ kind: "log", low: 1, high: 100 }, 10), 0.5);
    assert.equal(heightOf({ kind: "linear", low: 1, high: 3 }, 2.5), 0.75);
    for (const step of [0, 4, 9]) assert.equal(nearest(across(step, 10), 10), step);
    assert.equal(nearest(-3, 10), 0);
    assert.equal(nearest(50, 1), 0);
  });
});

describe("training steps", function () {
  this.timeout(90_000);
  const show = staged();
  let page: Page;

  const layer = (id: string) => page.locator(`tr[id="row ${id}"]`);
  const open = async (): Promise<void> => {
    page = await show(shown(trained()));
    await page.getByRole("tab", { name: "Steps" }).click();
  };

  it("are read off by keyboard and by a click, the same step in every chart", async () => {
    await open();
    const slider = page.getByRole("slider", { name: "Step" });
    const figures = page.locator(".figure p");
    assert.deepEqual(await figures.allInnerTexts(), ["loss 2.4", "length of the gradient 3"]);
    await slider.press("End");
    assert.equal(await slider.getAttribute("aria-valuetext"), "11 of 11");
    assert.deepEqual(await figures.allInnerTexts(), ["loss 0.02", "length of the gradient 1"]);
    const box = await page.locator("svg.curve").first().boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + (box.width * across(4, 11)) / 100, box.y + 20);
    assert.deepEqual(await figures.allInnerTexts(), [
      "loss not finite",
      "length of the gradient 2.2",
    ]);
    assert.equal(await slider.inputValue(), "4");
  });

  it("draw a curve over the finite values, and a cross where there is none", async () => {
    await open();
    const loss = page.locator("svg.curve").first();
    assert.equal(await loss.locator("circle").count(), 10);
    assert.equal(await loss.locator("line.path").count(), 8);
    assert.equal(await loss.locator("text.cross").count(), 1);
    assert.deepEqual(await loss.locator("text.end").allTextContents(), ["2.4", "0.02", "log axis"]);
  });

  it("show what the step changes in each layer, and lead to its line", async () => {
    await open();
    const update = (id: string) => layer(id).locator("td").nth(3).innerText();
    assert.equal(await update("layers.0"), "1.0·10⁻⁴");
    assert.equal(await update("head"), "0.02");
    await page.getByRole("slider", { name: "Step" }).press("ArrowRight");
    assert.equal(await update("layers.0"), "1.0·10⁻⁴");
    assert.equal(await update("head"), "0.01");
    assert.equal(await layer("head").locator("svg.spark line").count(), 10);
    await page.getByLabel("SGD, learning rate 0.1: go to train.py:14").click();
    await layer("layers.2").click();
    assert.deepEqual(await waitForRequests(page, 2), [
      { method: "reveal", params: { target: "optimizer", id: "0", focus: true } },
      { method: "reveal", params: { target: "row", id: "layers.2", focus: false } },
    ]);
  });

  it("have the loss scale, with the steps that are skipped", async () => {
    page = await show(shown(scaled()));
    await page.getByRole("tab", { name: "Steps" }).click();
    const figure = page.locator(".figure", { hasText: "loss scale" });
    assert.equal(
      await figure.locator("p").innerText(),
      "loss scale in float16 65536, step skipped",
    );
    assert.equal(await figure.locator("circle").count(), 13);
    assert.equal(await figure.locator("circle.skipped").count(), 2);
    await page.getByRole("slider", { name: "Step" }).press("End");
    assert.equal(await figure.locator("p").innerText(), "loss scale in float16 16384");
    await page.getByText("As a table").click();
    const rows = page.locator("details table.plain tbody tr");
    assert.equal(
      await rows.count(),
      13,
      "the scaler's steps go on behind those that were followed",
    );
    const texts = await rows.last().locator("td").allInnerTexts();
    assert.deepEqual(texts, ["", "", "16384"]);
  });

  it("have the curvature beside the learning rate", async () => {
    page = await show(shown(scaled()));
    await page.getByRole("tab", { name: "Steps" }).click();
    const text = page.locator(".stability p").first();
    assert.match(await text.innerText(), /: 60\. The learning rate 0\.1 is 3 times the 0\.033 /);
    assert.equal(await page.locator(".stability rect.warning").count(), 1);
    const { steps } = scaled();
    const curvature = { eigenvalue: 10, rate: 0.1, stable: 0.2 };
    await send(page, {
      type: "state",
      state: shown({ ...scaled(), steps: steps && { ...steps, curvature } }),
    });
    assert.match(
      await text.innerText(),
      /stable up to a learning rate of 0\.2; 0\.1 is 50 % of that/,
    );
    assert.equal(await page.locator(".stability rect.warning").count(), 0);
  });

  it("have the loss's terms, with what each makes up of the gradients, and lead to them", async () => {
    page = await show(shown(scaled()));
    await page.getByRole("tab", { name: "Steps" }).click();
    const rows = page.getByRole("group", { name: "Terms of the loss" }).locator("tbody tr");
    assert.equal(await rows.count(), 2);
    const penalty = await rows.last().locator("th, td").allInnerTexts();
    assert.deepEqual(penalty, ["train.py:22 penalty", "", "4 %", "< 0.1 % … 60 %"]);
    await page.getByRole("button", { name: "Term 2: go to train.py:22" }).click();
    assert.deepEqual(await waitForRequests(page, 1), [
      { method: "reveal", params: { target: "term", id: "1", focus: true } },
    ]);
  });

  it("tell of the passes that a step adds up, and lead to them", async () => {
    const { steps } = scaled();
    assert.ok(steps?.accumulation);
    page = await show(shown(scaled()));
    await page.getByRole("tab", { name: "Steps" }).click();
    const text = page.locator(".accumulation");
    const head = "A step adds up the gradients of 4 backward passes train.py:24. ";
    assert.equal(await text.innerText(), `${head}The sum is 4 times the mean.`);
    for (const [change, said] of [
      [{ times: 1 }, "Each loss is divided by their number: the sum is the mean."],
      [{ isCleared: true }, "They are cleared in between, so that only the last one counts."],
      [
        { times: null, lost: 0.031 },
        " Added up in half precision, it is off by 3.1 % of its length.",
      ],
    ] as const) {
      const accumulation = { ...steps.accumulation, ...change };
      const state = shown({ ...scaled(), steps: { ...steps, accumulation } });
      await send(page, { type: "state", state });
      assert.equal(await text.innerText(), head + said.trimStart());
    }
    await page.getByRole("button", { name: "Backward passes: go to train.py:24" }).click();
    assert.deepEqual(await waitForRequests(page, 1), [
      { method: "reveal", params: { target: "accumulation", id: "", focus: true } },
    ]);
  });

  it("stand as a table, too", async () => {
    await open();
    await page.getByText("As a table").click();
    const rows = page.locator("details table.plain tbody tr");
    assert.equal(await rows.count(), 11);
    assert.equal((await rows.nth(4).innerText()).replace(/\s+/g, " "), "5 not finite 2.2");
  });

  it("are a picture", async () => {
    await open();
    await send(page, { type: "export", kind: "svg" });
    const [asked] = await waitForRequests(page, 1);
    const { content } = asked?.params as { content: string };
    assert.match(content, /update over weight · SGD, learning rate 0\.1/);
    assert.equal(content.match(/<circle /g)?.length, 21);
    assert.equal(content.match(/ Linear</g)?.length, 5);
  });

  it("are explained where none was made", async () => {
    page = await show(shown(sigmoidNet(2)));
    await page.getByRole("tab", { name: "Steps" }).click();
    assert.match(await page.getByRole("tabpanel").innerText(), /^No training step was made/);
    assert.equal(await page.locator("table").count(), 0);
    await page.getByLabel("Optimizer").selectOption("adam");
    const asked = { method: "set", params: { optimizer: "adam", lr: null } };
    assert.deepEqual(await waitForRequests(page, 1), [asked]);
  });

  it("are made at another rate or in another number, without nonsense", async () => {
    const controls = { ...trained().controls, optimizer: "adam", lr: 0.001, steps: 20 };
    page = await show(shown({ ...trained(), controls }));
    await page.getByRole("tab", { name: "Steps" }).click();
    const fill = async (label: string, text: string): Promise<void> => {
      await page.getByRole("spinbutton", { name: label }).fill(text);
      await page.getByRole("spinbutton", { name: label }).press("Enter");
    };
    await fill("Learning rate", "-1");
    await fill("Learning rate", "0.01");
    await fill("Steps", "2.5");
    await fill("Steps", "5");
    assert.deepEqual(await waitForRequests(page, 2), [
      { method: "set", params: { lr: 0.01 } },
      { method: "set", params: { steps: 5 } },
    ]);
  });
});
