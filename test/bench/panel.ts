/**
 * `npm run bench:panel`: the panel with 500 layers in Chromium. Prints the minimum and the median of several fresh pages: first
 * paint from the message to the frame that shows it, and the longest step while scrolling, folding, selecting and moving the slider:
 * elapsed; the longest task that it makes on the page's thread (a frame, from its events to its paint, is one task, and is on the screen at
 * 60 frames where it takes at most 16.7 ms); and all that the thread does for it. The last two are processor time, which other
 * work on the machine does not lengthen.
 */
import { longNet, shown, sigmoidNet } from "../webview/support/samples.ts";
import { Stage } from "../webview/support/page.ts";
import type { CDPSession, Page } from "playwright-core";

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

type Step = "scroll" | "fold" | "select" | "slide";

/** One step, from the frame in which it is made until the page has laid out what it changed, in milliseconds. */
const act = (page: Page, step: Step, i: number): Promise<number> =>
  page.evaluate(
    async ([kind, turn]) => {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const start = performance.now();
      if (kind === "scroll") window.scrollBy(0, 330);
      else if (kind === "fold") {
        document.querySelectorAll<HTMLElement>("tr.group")[1 + (turn % 8)]?.click();
      } else if (kind === "select") {
        const rows = document.querySelectorAll<HTMLElement>("tr.layer");
        rows[(7 * turn) % rows.length]?.click();
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
  readonly task: number[];
  readonly thread: number[];
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Processor time, µs. */
  readonly tdur?: number;
}

/** The mark that each action leaves in the trace, and by which its thread is known. */
const MARK = "act";

/** What the page's thread did from each mark to the next: its tasks' processor times, ms. */
function tasksOf(events: readonly TraceEvent[]): readonly (readonly number[])[] {
  const marks = events.filter(({ name }) => name === MARK).sort((a, b) => a.ts - b.ts);
  return marks.map(({ pid, tid, ts }, i) => {
    const end = marks[i + 1]?.ts ?? Infinity;
    return events
      .filter((each) => each.name === "RunTask" && each.pid === pid && each.tid === tid)
      .filter((task) => ts <= task.ts && task.ts < end)
      .map(({ tdur }) => (tdur ?? 0) / 1000);
  });
}

/** Runs these, and collects the browser's trace of them. */
async function traced(session: CDPSession, actions: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: unknown[] }): void => {
    events.push(...(value as TraceEvent[]));
  };
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["disabled-by-default-devtools.timeline", "blink.user_timing"],
    },
  });
  await actions();
  const complete = new Promise<void>((resolve) => {
    session.once("Tracing.tracingComplete", () => {
      resolve();
    });
  });
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", collect);
  return events;
}

const stage = await Stage.open();
const rows: Record<string, Times> = {};

/** The longest of these actions. */
async function note(page: Page, name: string, actions: readonly (() => Promise<number>)[]) {
  const session = await stage.session();
  let wall = 0;
  const events = await traced(session, async () => {
    for (const action of actions) {
      await page.evaluate((mark) => performance.mark(mark), MARK);
      wall = Math.max(wall, await action());
    }
  });
  await session.detach();
  const tasks = tasksOf(events);
  const times = (rows[name] ??= { wall: [], task: [], thread: [] });
  times.wall.push(wall);
  times.task.push(Math.max(...tasks.flat()));
  times.thread.push(Math.max(...tasks.map((step) => step.reduce((sum, ms) => sum + ms, 0))));
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
  await steps("select, longest step", 16, "select");
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
console.log(`${" ".repeat(22)}   elapsed  longest task  on thread`);
for (const [name, { wall, task, thread }] of Object.entries(rows)) {
  console.log(`${name.padEnd(22)}${figures(wall)}   ${figures(task)}   ${figures(thread)}`);
}
