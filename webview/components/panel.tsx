import { Fragment } from "preact";
import type { JSX } from "preact";

import { lookOf, stepOf } from "../charts/look.ts";
import type { Look } from "../charts/look.ts";
import { t } from "../l10n.ts";
import type { ResultView } from "../protocol.ts";
import { QUANTITIES } from "../reading.ts";
import type { Quantity } from "../reading.ts";
import { resultOf } from "../state.ts";
import type { State } from "../state.ts";
import type { Actions } from "./actions.ts";
import { Background } from "./background.tsx";
import { Exact } from "./exact.tsx";
import { Findings, Unsupported } from "./findings.tsx";
import { FormatsBar } from "./formatsBar.tsx";
import { SeverityIcon, severityText } from "./icons.tsx";
import { LayerTable } from "./layerTable.tsx";
import { Guide } from "./guide.tsx";
import { Legend } from "./legend.tsx";
import { Notes, Welcome } from "./notes.tsx";
import { Compare } from "./settings.tsx";
import { NoSteps, Steps } from "./steps.tsx";
import { tabId, Tabs } from "./tabs.tsx";

interface PanelProps {
  readonly state: State;
  readonly actions: Actions;
}

/** The whole panel. */
export function Panel({ state, actions }: PanelProps): JSX.Element {
  const { panel, complaint } = state;
  const result = resultOf(panel);
  const isOld = panel.status === "result" ? panel.stale : result !== null;
  return (
    <main>
      <Notes panel={panel} complaint={complaint} actions={actions} />
      {panel.status === "empty" && <Welcome target={panel.target} actions={actions} />}
      {result !== null && (
        <div class={isOld ? "result old" : "result"}>
          <Result state={state} result={result} actions={actions} />
        </div>
      )}
    </main>
  );
}

interface ResultProps extends PanelProps {
  readonly result: ResultView;
}

function Result(props: ResultProps): JSX.Element {
  const { state, result, actions } = props;
  const { findings, unsupported, background, controls, rows } = result;
  const list = (
    <>
      <Findings findings={findings} choice={state} actions={actions} />
      <Unsupported names={unsupported} actions={actions} />
    </>
  );
  return (
    <>
      <Header result={result} actions={actions} />
      {rows.length === 0 ? (
        list
      ) : (
        <>
          <Background facts={background} controls={controls} actions={actions} />
          <Tabs chosen={state.tab} findings={findings.length} actions={actions} />
          <div id="view" role="tabpanel" aria-labelledby={tabId(state.tab)}>
            {state.tab === "findings" && list}
            {state.tab === "steps" && <TrainingView {...props} />}
            {(state.tab === "layers" || state.tab === "formats") && <Charts {...props} />}
          </div>
        </>
      )}
    </>
  );
}

/** What was run, the verdict, and the first thing that helps. */
function Header(props: { readonly result: ResultView; readonly actions: Actions }): JSX.Element {
  const { result, actions } = props;
  const { verdict, findings } = result;
  const finding = findings.find(({ fixes }) => fixes.length > 0);
  const fix = finding?.fixes[0];
  return (
    <header>
      <Title text={result.title} place={result.place} reveal={actions.revealSubject} />
      <p class="dim">
        <Detail text={result.detail} />
        <button class="link" aria-label={t("Change what is run")} onClick={actions.choose}>
          {t("Change…")}
        </button>
      </p>
      <p class="verdict">
        <SeverityIcon severity={verdict.severity} label={severityText(verdict.severity)} />
        <span>{verdict.text}</span>
      </p>
      {finding && fix && (
        <button
          class="link remedy"
          aria-label={t("Apply: {0}", fix.title)}
          onClick={() => {
            actions.applyFix(finding.id, fix.id);
          }}
        >
          {fix.title}
        </button>
      )}
      {result.notes.map((note) => (
        <p key={note} class="dim remark">
          {note}
        </p>
      ))}
    </header>
  );
}

/** `input [8, 64] · seed 0`: lines break between the parts. */
function Detail({ text }: { readonly text: string }): JSX.Element {
  const parts = text.split(" · ");
  return (
    <>
      {parts.map((part, i) => (
        <Fragment key={part}>
          <span class="part">{i < parts.length - 1 ? `${part} ·` : part}</span>{" "}
        </Fragment>
      ))}
    </>
  );
}

/** The layers, as bars or as a heat map. */
function Charts({ state, result, actions }: ResultProps): JSX.Element {
  const look = lookOf(state, result);
  return (
    <>
      <div class="show">
        <label>
          {t("Show")}{" "}
          <select
            value={state.quantity}
            onChange={(event) => {
              actions.show({ quantity: event.currentTarget.value as Quantity });
            }}
          >
            {Object.entries(QUANTITIES).map(([value, text]) => (
              <option key={value} value={value}>
                {text()}
              </option>
            ))}
          </select>
        </label>
        {look.kind === "depth" && (
          <Compare runs={result.runs} against={result.against} actions={actions} />
        )}
        <Folding state={state} actions={actions} />
      </div>
      {look.kind === "formats" && (
        <FormatsBar state={state} result={result} look={look} actions={actions} />
      )}
      <Layers state={state} look={look} actions={actions} />
    </>
  );
}

/** The table and all that explains it. */
function Layers(props: PanelProps & { readonly look: Look }): JSX.Element {
  return (
    <>
      <LayerTable {...props} />
      <Legend look={props.look} />
      <Guide look={props.look} />
      <Exact state={props.state} />
    </>
  );
}

/** What training steps do: figures over the steps, and what a step changes in each layer. */
function TrainingView({ state, result, actions }: ResultProps): JSX.Element {
  const { steps, rows, controls } = result;
  if (steps === null) return <NoSteps controls={controls} actions={actions} />;
  const look = lookOf(state, result);
  const measured = Math.max(
    ...rows.flatMap(({ parameters }) => parameters.map(({ updates }) => updates.length)),
  );
  return (
    <>
      <Steps view={steps} controls={controls} step={stepOf(result, state.step)} actions={actions} />
      {measured > 0 && (
        <>
          <div class="show">
            <span>
              {measured === 1
                ? t("What the first step changes of each weight")
                : t("What step {0} changes of each weight", stepOf(result, state.step) + 1)}
            </span>
            <Folding state={state} actions={actions} />
          </div>
          <Layers state={state} look={look} actions={actions} />
        </>
      )}
    </>
  );
}

/** Opens and shuts all modules, where there are several. */
function Folding({ state, actions }: PanelProps): JSX.Element | null {
  const headings = state.lines.filter((line) => line.kind === "heading");
  if (headings.length < 2) return null;
  const button = (open: boolean): JSX.Element => (
    <button
      class="link"
      onClick={() => {
        actions.setAllOpen(open);
      }}
    >
      {open ? t("Unfold all") : t("Fold all")}
    </button>
  );
  return (
    <>
      {headings.some(({ isOpen }) => isOpen) && button(false)}
      {headings.some(({ isOpen }) => !isOpen) && button(true)}
    </>
  );
}

/** `Net(depth=12)`: the name stands out, long arguments do not. */
function Title(props: {
  readonly text: string;
  readonly place: string | null;
  readonly reveal: () => void;
}): JSX.Element {
  const { text, place, reveal } = props;
  const bracket = text.indexOf("(");
  const end = bracket < 0 ? text.length : bracket;
  const name = text.slice(0, end);
  return (
    <h1>
      {place === null ? (
        name
      ) : (
        <button class="link" aria-label={t("{0}: go to {1}", name, place)} onClick={reveal}>
          {name}
        </button>
      )}
      {end < text.length && <span class="arguments">{text.slice(end)}</span>}
    </h1>
  );
}
