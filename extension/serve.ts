/** Answers the panel's requests. Every request is answered; a handler that throws becomes `ok: false`. */
import { l10n, commands, window, workspace } from "vscode";
import type { Span } from "../engine/report.ts";
import type { Handlers, Method, PanelState, Reply, Requests } from "../webview/protocol.ts";
import type { Result } from "./analysis.ts";
import { toLocation, toWorkspaceEdit } from "./convert.ts";
import { NOTEBOOK_CELL } from "./contributions.ts";
import { codeOf, log, messageOf } from "./log.ts";
import type { Shown } from "./shown.ts";
import { termPlaces } from "./stepsView.ts";
import type { Target } from "./target.ts";

/** What the panel can ask for beyond looking. */
export interface Run {
  readonly start: (target: Target, entry: string | undefined) => void;
  readonly cancel: () => void;
  readonly choose: (target: Target) => void;
  readonly sample: () => Promise<void>;
  /** Shows a kept run beside this one; false: it is not known any more. */
  readonly compare: (target: Target, id: string | null) => boolean;
  readonly set: (target: Target, change: Requests["set"]["params"]) => Promise<void>;
  readonly save: (target: Target, picture: Requests["save"]["params"]) => Promise<void>;
}

/** A sentence for the user: the panel shows it. */
class Refusal extends Error {
  readonly code = "refused";
}

export function handlers(shown: Shown, run: Run, state: () => PanelState): Handlers {
  const result = (): Result => {
    const known = shown.state?.result;
    if (!known) throw new Refusal(l10n.t("Nothing has been analyzed yet"));
    return known;
  };
  const shownTarget = (): Target => {
    const target = shown.state?.target ?? shown.active;
    if (!target) throw new Refusal(l10n.t("Open a Python file or a notebook first"));
    return target;
  };
  return {
    ready: () => Promise.resolve(state()),
    reveal: async ({ target, id, focus }) => {
      await reveal(result(), placeOf(result(), target, id), focus);
      return null;
    },
    run: () => {
      run.start(shownTarget(), shown.state?.entry);
      return Promise.resolve(null);
    },
    cancel: () => {
      run.cancel();
      return Promise.resolve(null);
    },
    choose: () => {
      run.choose(shownTarget());
      return Promise.resolve(null);
    },
    sample: async () => {
      await run.sample();
      return null;
    },
    compare: ({ run: id }) => {
      if (!run.compare(shownTarget(), id))
        throw new Refusal(l10n.t("This run is not kept any more"));
      return Promise.resolve(null);
    },
    set: async (change) => {
      await run.set(shownTarget(), change);
      return null;
    },
    save: (picture) => {
      // The dialog waits for the user as long as they like; the panel's request does not.
      run.save(shownTarget(), picture).catch((error: unknown) => {
        log.error(error instanceof Error ? error : String(error));
        void window.showErrorMessage(`Chainrule: ${messageOf(error)}`);
      });
      return Promise.resolve(null);
    },
    applyFix: async ({ finding, fix }) => {
      const chosen = result().view.findings.get(finding)?.fixes[Number(fix)];
      const edit = chosen && toWorkspaceEdit(chosen, result());
      if (!edit) throw new Refusal(l10n.t("These lines have changed since the run"));
      await workspace.applyEdit(edit);
      return null;
    },
  };
}

function placeOf(
  { view, report }: Result,
  target: Requests["reveal"]["params"]["target"],
  id: string,
): Span | null | undefined {
  switch (target) {
    case "subject":
      return report.subject?.at;
    case "row":
      return view.rowPlaces.get(id);
    case "finding":
      return view.findings.get(id)?.at;
    case "replaced":
      return report.replaced[Number(id)]?.at;
    case "optimizer":
      return report.optimizers?.[Number(id)]?.at;
    case "term":
      return termPlaces(report)[Number(id)];
    case "accumulation":
      return report.accumulation?.at;
    case "unsupported":
      return report.unsupported.find(({ name }) => name === id)?.at;
  }
}

async function reveal(
  result: Result,
  span: Span | null | undefined,
  focus: boolean,
): Promise<void> {
  if (!span) throw new Refusal(l10n.t("This has no place in your files"));
  const location = toLocation(span, result);
  if (!location) throw new Refusal(l10n.t("This line has changed since the run"));
  const { uri, range } = location;
  const open = window.visibleTextEditors.find(
    (editor) => editor.document.uri.toString() === uri.toString(),
  );
  const options = {
    selection: range,
    preserveFocus: !focus,
    ...(open?.viewColumn === undefined ? {} : { viewColumn: open.viewColumn }),
  };
  // A cell is opened with its notebook, which is no text that could be shown by itself.
  if (uri.scheme === NOTEBOOK_CELL) await commands.executeCommand("vscode.open", uri, options);
  else await window.showTextDocument(uri, options);
}

/** The reply to a message; undefined for one that is no request. */
export async function answer(serve: Handlers, message: unknown): Promise<Reply | undefined> {
  if (!isRequest(message)) return undefined;
  const { id, method, params } = message;
  try {
    if (!Object.hasOwn(serve, method)) throw new Refusal(`Unknown request ${method}`);
    // The method's own parameters: the panel is ours, and its page runs no other script.
    const handle = serve[method as Method] as (params: unknown) => Promise<never>;
    return { id, ok: true, result: await handle(params) };
  } catch (error) {
    if (!(error instanceof Refusal)) log.error(error instanceof Error ? error : String(error));
    return { id, ok: false, code: codeOf(error), message: messageOf(error) };
  }
}

function isRequest(
  message: unknown,
): message is { readonly id: number; readonly method: string; readonly params: unknown } {
  return (
    typeof message === "object" &&
    message !== null &&
    "id" in message &&
    typeof message.id === "number" &&
    "method" in message &&
    typeof message.method === "string"
  );
}
