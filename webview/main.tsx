import { render } from "preact";

import type { Actions } from "./components/actions.ts";
import { Panel } from "./components/panel.tsx";
import { drawChart, pngOf } from "./export.ts";
import { isPanelState } from "./guards.ts";
import { useBundle } from "./l10n.ts";
import { Link } from "./link.ts";
import type { Method, Notice, Requests } from "./protocol.ts";
import { initialState, LINE, memoryOf, recall, resultOf, rowIdOf, windowOf } from "./state.ts";
import { withAll, withGroup, withLinked, withPanel, withRow } from "./state.ts";
import type { State } from "./state.ts";
import { groupKey } from "./tree.ts";
import "./theme.css";
import "./views.css";
import "./table.css";
import "./below.css";

/** Holding an arrow key down goes to the line where it stops, not to each on the way; ms. */
const REVEAL_DELAY = 80;

const vscode = acquireVsCodeApi();
const root = pageRoot();
useBundle(root.dataset["l10n"]);
const remembered = recall(vscode.getState());
let state = initialState(remembered, window.innerHeight);
let isScrollDue = true;
/** A picture that was asked for before there was a result. */
let due: "svg" | "png" | null = null;
let revealTimer: ReturnType<typeof setTimeout> | undefined;

const link = new Link((message) => {
  vscode.postMessage(message);
}, onNotice);

function pageRoot(): HTMLElement {
  const element = document.getElementById("root");
  if (element === null) throw new Error("internal: the page has no #root");
  return element;
}

function show(next: State): void {
  state = next;
  render(<Panel state={state} actions={actions} />, root);
  if (isScrollDue && resultOf(state.panel) !== null) {
    isScrollDue = false;
    window.scrollTo(0, remembered.scroll);
  }
  followScreen();
}

/** Draws the lines that have come near the screen. */
function followScreen(): void {
  const body = root.querySelector("[role=treegrid] tbody");
  if (body === null) return;
  const above = -body.getBoundingClientRect().top / LINE;
  const { first, end } = windowOf(above, window.innerHeight);
  if (first === state.window.first && end === state.window.end) return;
  state = { ...state, window: { first, end } };
  render(<Panel state={state} actions={actions} />, root);
}

function remember(): void {
  vscode.setState(memoryOf(state, window.scrollY));
}

function onNotice(notice: Notice): void {
  switch (notice.type) {
    case "state":
      show(withPanel(state, notice.state));
      return;
    case "select":
      show(withLinked(state, notice.rowIds));
      activeElement()?.scrollIntoView({ block: "nearest" });
      return;
    case "export":
      void exportChart(notice.kind);
      return;
    case "failed":
      show({ ...state, complaint: notice.message });
      return;
    default:
      notice satisfies never;
  }
}

async function ask<M extends Method>(method: M, params: Requests[M]["params"]): Promise<void> {
  const reply = await link.request(method, params);
  if (!reply.ok) show({ ...state, complaint: reply.message });
}

async function exportChart(kind: "svg" | "png"): Promise<void> {
  const chart = drawChart(state, document.body);
  due = chart === null ? kind : null;
  if (chart === null) return;
  const content = kind === "svg" ? chart : await pngOf(chart);
  await ask("save", { kind, content });
}

function activeElement(): HTMLElement | null {
  return state.active === null ? null : document.getElementById(state.active);
}

/** The keyboard is on the active line, and the line in sight. */
function goToActive(): void {
  const element = activeElement();
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: "nearest" });
}

function reveal(id: string, focus: boolean): void {
  clearTimeout(revealTimer);
  revealTimer = setTimeout(
    () => {
      void ask("reveal", { target: "row", id, focus });
    },
    focus ? 0 : REVEAL_DELAY,
  );
}

function change(next: State): void {
  show(next);
  remember();
}

const actions: Actions = {
  run: () => void ask("run", undefined),
  cancel: () => void ask("cancel", undefined),
  sample: () => void ask("sample", undefined),
  choose: () => void ask("choose", undefined),
  compare: (run) => void ask("compare", { run }),
  set: (params) => void ask("set", params),
  show: (choice) => {
    change({ ...state, ...choice });
  },
  activate: (key, how) => {
    const id = rowIdOf(key);
    change(id === null ? { ...state, active: key } : withRow(state, id));
    goToActive();
    if (id !== null && how.reveal) reveal(id, how.focus);
  },
  setOpen: (group, isOpen) => {
    change({ ...withGroup(state, group, isOpen), active: groupKey(group) });
    goToActive();
  },
  setAllOpen: (isOpen) => {
    change(withAll(state, isOpen));
  },
  revealSubject: () => void ask("reveal", { target: "subject", id: "", focus: true }),
  revealFinding: (id) => void ask("reveal", { target: "finding", id, focus: true }),
  revealOptimizer: (id) => void ask("reveal", { target: "optimizer", id, focus: true }),
  revealTerm: (id) => void ask("reveal", { target: "term", id, focus: true }),
  revealPasses: () => void ask("reveal", { target: "accumulation", id: "", focus: true }),
  revealReplaced: (id) => void ask("reveal", { target: "replaced", id, focus: true }),
  revealUnsupported: (id) => void ask("reveal", { target: "unsupported", id, focus: true }),
  applyFix: (finding, fix) => void ask("applyFix", { finding, fix }),
};

async function start(): Promise<void> {
  const reply = await link.request("ready", undefined);
  if (!reply.ok) show({ ...state, complaint: reply.message });
  else if (isPanelState(reply.result)) show(withPanel(state, reply.result));
  if (due !== null) await exportChart(due);
}

window.addEventListener("message", (event) => {
  link.receive(event.data);
});
window.addEventListener("scroll", followScreen, { passive: true });
window.addEventListener("resize", followScreen);
window.addEventListener("scrollend", remember);
void start();
