import type { ComponentChildren, JSX } from "preact";

import { t } from "../l10n.ts";
import type { PanelState, Severity } from "../protocol.ts";
import type { Actions } from "./actions.ts";
import { SeverityIcon } from "./icons.tsx";

function Note(props: {
  readonly severity: Severity;
  readonly role: "status" | "alert";
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`note ${props.severity}`} role={props.role}>
      <SeverityIcon severity={props.severity} />
      <div>{props.children}</div>
    </div>
  );
}

/** Words in bold; the page's heading where no result brings its own. */
function Lead(props: {
  readonly isTitle: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  return props.isTitle ? <h1 class="inline">{props.children}</h1> : <b>{props.children}</b>;
}

/** What stands above the result: progress, failure, that the result is old. */
export function Notes(props: {
  readonly panel: PanelState;
  readonly complaint: string | null;
  readonly actions: Actions;
}): JSX.Element {
  const { panel, complaint, actions } = props;
  return (
    <>
      {complaint !== null && (
        <Note severity="error" role="alert">
          <p>{complaint}</p>
        </Note>
      )}
      {panel.status === "running" && <Progress panel={panel} actions={actions} />}
      {panel.status === "failed" && (
        <Note severity="error" role="alert">
          <p>
            <Lead isTitle={panel.previous === null}>{headOf(panel.code)}</Lead> {panel.message}
          </p>
          <button onClick={actions.run}>{t("Run again")}</button>
          {panel.previous !== null && (
            <p class="dim">{t("Below is the result of the run before.")}</p>
          )}
        </Note>
      )}
      {panel.status === "result" && panel.stale && (
        <Note severity="warning" role="status">
          <p>{t("The file has changed since this run.")}</p>
          <button onClick={actions.run}>{t("Run again")}</button>
        </Note>
      )}
    </>
  );
}

/** A run that was stopped has not failed by itself. */
function headOf(code: string): string {
  return code === "timeout" || code === "memory"
    ? t("The run was stopped.")
    : t("The analysis failed.");
}

function Progress(props: {
  readonly panel: Extract<PanelState, { status: "running" }>;
  readonly actions: Actions;
}): JSX.Element {
  const { phase, detail, target, previous } = props.panel;
  return (
    <div class="progress">
      <div class="track" role="progressbar" aria-label={t("Analysis")}>
        <div class="runner" />
      </div>
      <div class="line">
        <span role="status">
          <Lead isTitle={previous === null}>
            {target === null ? t("Analyzing") : t("Analyzing {0}", target)}
          </Lead>{" "}
          {phase}
          {detail !== "" && <span class="dim"> {detail}</span>}
        </span>
        <button class="secondary" onClick={props.actions.cancel}>
          {t("Cancel")}
        </button>
      </div>
    </div>
  );
}

/** Nothing has been run yet. */
export function Welcome(props: {
  readonly target: string | null;
  readonly actions: Actions;
}): JSX.Element {
  const { target, actions } = props;
  return (
    <section class="welcome">
      <h1>{t("No analysis yet")}</h1>
      <p>
        {t(
          "See where the gradients of a PyTorch model vanish, explode or leave float16’s range, layer by layer, on your own lines.",
        )}
      </p>
      {target === null ? (
        <>
          <p>{t("Open a Python file or a notebook that defines an nn.Module.")}</p>
          <button class="wide" onClick={actions.sample}>
            {t("Open an example")}
          </button>
        </>
      ) : (
        <button class="wide" onClick={actions.run}>
          {t("Analyze {0}", target)}
        </button>
      )}
      <p class="dim">
        {t(
          "Your file runs inside VS Code as it stands, in a closed room: no Python, no GPU and no network are needed. The same is done by the command Chainrule: Analyze Gradients.",
        )}
      </p>
    </section>
  );
}
