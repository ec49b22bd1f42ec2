import type { JSX } from "preact";

import { rulerOf } from "../charts/ruler.ts";
import type { ResultView } from "../protocol.ts";
import { QUANTITIES } from "../reading.ts";
import type { Quantity } from "../reading.ts";
import { resultOf } from "../state.ts";
import type { State } from "../state.ts";
import type { Actions } from "./actions.ts";
import { Background } from "./background.tsx";
import { Findings, Unsupported } from "./findings.tsx";
import { SeverityIcon } from "./icons.tsx";
import { LayerTable } from "./layerTable.tsx";
import { Legend } from "./legend.tsx";
import { Notes, Welcome } from "./notes.tsx";

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

function Result(props: PanelProps & { readonly result: ResultView }): JSX.Element {
  const { state, result, actions } = props;
  const { verdict } = result;
  return (
    <>
      <header>
        <Title text={result.title} />
        <p class="dim">
          {result.detail}{" "}
          <button class="link" aria-label="Change what is run" onClick={actions.choose}>
            Change…
          </button>
        </p>
        <p class="verdict">
          <SeverityIcon severity={verdict.severity} label={verdict.severity} />
          <span>{verdict.text}</span>
        </p>
        {result.notes.map((note) => (
          <p key={note} class="dim">
            {note}
          </p>
        ))}
      </header>
      {result.rows.length > 0 && (
        <>
          <Show quantity={state.quantity} actions={actions} />
          <LayerTable state={state} result={result} actions={actions} />
          <Legend
            quantity={state.quantity}
            thresholds={rulerOf(result, state.quantity).thresholds}
          />
        </>
      )}
      <Background facts={result.background} actions={actions} />
      <Findings findings={result.findings} actions={actions} />
      <Unsupported names={result.unsupported} actions={actions} />
    </>
  );
}

/** `Net(depth=12)`: the name stands out, long arguments do not. */
function Title({ text }: { readonly text: string }): JSX.Element {
  const bracket = text.indexOf("(");
  const end = bracket < 0 ? text.length : bracket;
  return (
    <h1>
      {text.slice(0, end)}
      {end < text.length && <span class="arguments">{text.slice(end)}</span>}
    </h1>
  );
}

function Show(props: { readonly quantity: Quantity; readonly actions: Actions }): JSX.Element {
  return (
    <label class="show">
      Show{" "}
      <select
        value={props.quantity}
        onChange={(event) => {
          props.actions.show(event.currentTarget.value as Quantity);
        }}
      >
        {Object.entries(QUANTITIES).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
