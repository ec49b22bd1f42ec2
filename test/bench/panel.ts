/**
 * `npm run bench:panel`: the panel with 500 layers in Chromium. Prints the minimum and the median of several fresh pages: first
 * paint from the message to the frame that shows it, and the longest step while scrolling, folding and moving the slider: elapsed,
 * and of the page's thread, which other work on the machine does not lengthen.
 */
import { longNet, shown, sigmoidNet } from "../webview/support/samples.ts";
import { Stage } from "../webview/support/page.ts";
import type { Page } from "playwright-core";

const LAYERS = 500;
const PAGES = 7;

/** Puts a message ready in the page, whose way there is no part of the paint. */
const hold = (page: Page, state: unknown): Promise<void> =>
  page.evaluate((message) => {
    Object.assign(window, { held: message });
  }, state);

/** Milliseconds from the held message to the frame that shows it. */
const paint = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const heard = new Promise((resolve) => {
      window.addEventListener("message", resolve, { once: true });
    });
    const start = performance.now();
    window.postMessage((window as unknown as { held: unknown }).held, "*");
    await heard;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - start;
  });

type Step = "scroll" | "fold" | "slide";

/** One step, from the frame in which it is made until the page has laid out what it changed, in milliseconds. */
const act = (page: Page, step: Step, i: number): Promise<number> =>
  page.evaluate(
    async ([kind, turn]) => {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const start = performance.now();
      if (kind === "scroll") window.scrollBy(0, 330);
      else if (kind === "fold") {
        document.querySelectorAll<HTMLElement>("tr.group")[1 + (turn % 8)]?.click();
      } else {
        const slider = document.querySelector<HTMLInputElement>("input[type=range]");
        if (slider) slider.value = String(turn % 32);
        slider?.dispatchEvent(new Event("input", { bubbles: true }));
      }
      await new Promise((resolve) => setTimeout(resolve));
      document.body.getBoundingClientRect(); // layout is the step's, too
      return performance.now() - start;
    },
    [step, i] as const,
  );

interface Times {
  readonly wall: number[];
  /** Of the page's thread, which other work on the machine does not lengthen. */
  readonly thread: number[];
}

const stage = await Stage.open();
const rows: Record<string, Times> = {};

/** The longest of these actions, in elapsed time and in that of the page's thread. */
async function note(page: Page, name: string, actions: readonly (() => Promise<number>)[]) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const used = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find((metric) => metric.name === "TaskDuration")?.value ?? NaN);
  };
  const longest = { wall: 0, thread: 0 };
  for (const action of actions) {
    const before = await used();
    longest.wall = Math.max(longest.wall, await action());
    longest.thread = Math.max(longest.thread, (await used()) - before);
  }
  const times = (rows[name] ??= { wall: [], thread: [] });
  times.wall.push(longest.wall);
  times.thread.push(longest.thread);
  await session.detach();
}

for (let i = 0; i < PAGES; i++) {
  const page = await stage.show({ status: "empty", target: null });
  const shows = async (name: string, state: unknown): Promise<void> => {
    await hold(page, { type: "state", state });
    await note(page, name, [() => paint(page)]);
  };
  const steps = (name: string, count: number, step: Step): Promise<void> =>
    note(
      page,
      name,
      Array.from({ length: count }, (_, k) => () => act(page, step, k)),
    );
  await shows("first paint", shown(longNet(LAYERS)));
  await shows("again, stale", shown(longNet(LAYERS), true));
  await steps("fold, longest step", 16, "fold");
  await page.getByRole("button", { name: "Unfold all" }).click();
  await steps("scroll, longest step", 30, "scroll");
  await page.getByRole("tab", { name: "Formats" }).click();
  await steps("slider, longest step", 33, "slide");
  await shows("other result", shown(sigmoidNet(200)));
  await page.context().close();
}
await stage.close();

const sorted = (times: readonly number[]): number[] => [...times].sort((a, b) => a - b);
const figures = (times: readonly number[]): string =>
  [sorted(times)[0] ?? NaN, sorted(times)[times.length >> 1] ?? NaN]
    .map((ms) => ms.toFixed(0).padStart(6))
    .join("");
console.log(`${String(LAYERS)} layers, ms: minimum and median of ${String(PAGES)} pages`);
console.log(`${" ".repeat(22)}   elapsed     on thread`);
for (const [name, { wall, thread }] of Object.entries(rows)) {
  console.log(`${name.padEnd(22)}${figures(wall)}   ${figures(thread)}`);
}
