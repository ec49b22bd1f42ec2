import { render } from "preact";

import type { Actions } from "./components/actions.ts";
import { Panel } from "./components/panel.tsx";
import { isPanelState } from "./guards.ts";
import { Link } from "./link.ts";
import type { Method, Notice, Requests } from "./protocol.ts";
import { initialState, recall, resultOf, rowIdOf } from "./state.ts";
import { isPartial, withAllRows, withGroup, withLinked, withPanel, withRow } from "./state.ts";
import type { State } from "./state.ts";
import "./theme.css";
import "./table.css";

/** Holding an arrow key down goes to the line where it stops, not to each on the way; ms. */
const REVEAL_DELAY = 80;

const vscode = acquireVsCodeApi();
const root = pageRoot();
const remembered = recall(vscode.getState());
let state = initialState(remembered);
let isScrollDue = true;
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
  if (isPartial(state)) {
    drawRest();
    return;
  }
  if (isScrollDue && resultOf(state.panel) !== null) {
    isScrollDue = false;
    window.scrollTo(0, remembered.scroll);
  }
  remember();
}

/** After the frame that shows the first rows. */
function drawRest(): void {
  requestAnimationFrame(() => {
    setTimeout(() => {
      if (isPartial(state)) show(withAllRows(state));
    });
  });
}

function remember(): void {
  const { quantity, active, shut } = state;
  vscode.setState({ quantity, active, shut: [...shut], scroll: window.scrollY });
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

function activeElement(): HTMLElement | null {
  return state.active === null ? null : document.getElementById(state.active);
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

const actions: Actions = {
  run: () => void ask("run", undefined),
  cancel: () => void ask("cancel", undefined),
  choose: () => void ask("choose", undefined),
  show: (quantity) => {
    show({ ...state, quantity });
  },
  activate: (key, how) => {
    const id = rowIdOf(key);
    show(id === null ? { ...state, active: key } : withRow(state, id));
    const element = activeElement();
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
    if (id !== null && how.reveal) reveal(id, how.focus);
  },
  setOpen: (group, isOpen) => {
    show(withGroup(state, group, isOpen));
  },
  revealFinding: (id) => void ask("reveal", { target: "finding", id, focus: true }),
  revealReplaced: (id) => void ask("reveal", { target: "replaced", id, focus: true }),
  revealUnsupported: (id) => void ask("reveal", { target: "unsupported", id, focus: true }),
  applyFix: (finding, fix) => void ask("applyFix", { finding, fix }),
};

async function start(): Promise<void> {
  const reply = await link.request("ready", undefined);
  if (!reply.ok) show({ ...state, complaint: reply.message });
  else if (isPanelState(reply.result)) show(withPanel(state, reply.result));
}

window.addEventListener("message", (event) => {
  link.receive(event.data);
});
window.addEventListener("scrollend", remember);
void start();
