/**
 * `npm run bench:panel`: the panel with 500 layers in Chromium. Prints the minimum and the median of several fresh pages: first
 * paint from the message to the frame that shows it, and the longest frame while scrolling, folding and moving the slider.
 */
import { longNet, shown, sigmoidNet } from "../webview/support/samples.ts";
import { Stage } from "../webview/support/page.ts";
import type { Page } from "playwright-core";

const LAYERS = 500;
const PAGES = 7;

/** Milliseconds from a message to the frame that shows it. */
const paint = (page: Page, state: unknown): Promise<number> =>
  page.evaluate(async (message) => {
    const heard = new Promise((resolve) => {
      window.addEventListener("message", resolve, { once: true });
    });
    const start = performance.now();
    window.postMessage(message, "*");
    await heard;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - start;
  }, state);

type Step = "scroll" | "fold" | "slide";

/** The time that the page's own work takes for each of many steps, in milliseconds; the longest. */
const longest = (page: Page, steps: number, step: Step): Promise<number> =>
  page.evaluate(
    async ([count, kind]) => {
      const act = (i: number): void => {
        if (kind === "scroll") window.scrollBy(0, 330);
        else if (kind === "fold") {
          document.querySelectorAll<HTMLElement>("tr.group")[1 + (i % 8)]?.click();
        } else {
          const slider = document.querySelector<HTMLInputElement>("input[type=range]");
          if (slider) slider.value = String(i % 32);
          slider?.dispatchEvent(new Event("input", { bubbles: true }));
        }
      };
      let most = 0;
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const start = performance.now();
        act(i);
        await new Promise((resolve) => setTimeout(resolve));
        document.body.getBoundingClientRect(); // layout is the step's, too
        most = Math.max(most, performance.now() - start);
      }
      return most;
    },
    [steps, step] as const,
  );

const stage = await Stage.open();
const rows: Record<string, number[]> = {};
const note = (name: string, ms: number): void => {
  (rows[name] ??= []).push(ms);
};
for (let i = 0; i < PAGES; i++) {
  const page = await stage.show({ status: "empty", target: null });
  note("first paint", await paint(page, { type: "state", state: shown(longNet(LAYERS)) }));
  note("again, stale", await paint(page, { type: "state", state: shown(longNet(LAYERS), true) }));
  note("fold, longest step", await longest(page, 16, "fold"));
  await page.getByRole("button", { name: "Unfold all" }).click();
  note("scroll, longest step", await longest(page, 30, "scroll"));
  await page.getByRole("tab", { name: "Number formats" }).click();
  note("slider, longest step", await longest(page, 33, "slide"));
  note("other result", await paint(page, { type: "state", state: shown(sigmoidNet(200)) }));
  await page.context().close();
}
await stage.close();
console.log(`${String(LAYERS)} layers, ms: minimum, median of ${String(PAGES)} pages`);
for (const [name, times] of Object.entries(rows)) {
  times.sort((a, b) => a - b);
  const [least = NaN] = times;
  const median = times[Math.floor(times.length / 2)] ?? NaN;
  console.log(
    `${name.padEnd(22)} ${least.toFixed(0).padStart(5)} ${median.toFixed(0).padStart(6)}`,
  );
}
