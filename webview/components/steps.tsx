import type { JSX } from "preact";

import { Curve } from "../charts/curve.tsx";
import { figuresOf, mostSteps, valueText } from "../figures.ts";
import type { Figure } from "../figures.ts";
import { t } from "../l10n.ts";
import type { Controls, StepsView } from "../protocol.ts";
import type { Actions } from "./actions.ts";
import { Accumulation } from "./accumulation.tsx";
import { Training } from "./settings.tsx";
import { Stability } from "./stability.tsx";
import { Terms } from "./terms.tsx";

/** Who makes the steps, and a chart per figure over them; the slider reads one step off. */
export function Steps(props: {
  readonly view: StepsView;
  readonly controls: Controls;
  readonly step: number;
  readonly actions: Actions;
}): JSX.Element {
  const { view, controls, step, actions } = props;
  const { optimizers, steps } = view;
  const figures = figuresOf(view);
  const count = mostSteps(figures);
  const choose = (chosen: number): void => {
    actions.show({ step: Math.min(chosen, steps.length - 1) });
  };
  return (
    <section class="steps" aria-label={t("Training steps")}>
      <ul>
        {optimizers.map(({ text, place }, i) => (
          <li key={`${text} ${String(i)}`}>
            {text}{" "}
            {place !== null && (
              <button
                class="link place"
                aria-label={t("{0}: go to {1}", text, place)}
                onClick={() => {
                  actions.revealOptimizer(String(i));
                }}
              >
                {place}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Training controls={controls} actions={actions} />
      {view.curvature && <Stability curvature={view.curvature} />}
      {view.accumulation && <Accumulation passes={view.accumulation} actions={actions} />}
      {view.terms.length > 0 && <Terms terms={view.terms} actions={actions} />}
      {steps.length > 0 && (
        <>
          {steps.length > 1 && (
            <label class="slider">
              <span>
                {t("Step")} <b>{t("{0} of {1}", step + 1, steps.length)}</b>
              </span>
              <input
                type="range"
                min="0"
                max={steps.length - 1}
                step="1"
                value={step}
                aria-valuetext={t("{0} of {1}", step + 1, steps.length)}
                onInput={(event) => {
                  choose(Number(event.currentTarget.value));
                }}
              />
            </label>
          )}
          {figures.map((figure) => (
            <div class="figure" key={figure.title}>
              <p>
                {figure.title} <b>{valueText(figure, step)}</b>
              </p>
              <Curve
                label={t("{0} over {1} steps", figure.title, figure.values.length)}
                figure={figure}
                count={count}
                step={step}
                choose={choose}
              />
            </div>
          ))}
          <StepTable figures={figures} count={count} />
        </>
      )}
    </section>
  );
}

/** The same figures as numbers. */
function StepTable(props: {
  readonly figures: readonly Figure[];
  readonly count: number;
}): JSX.Element {
  const { figures, count } = props;
  return (
    <details>
      <summary>{t("As a table")}</summary>
      <div class="wide-table" tabIndex={0} role="group" aria-label={t("As a table")}>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("Step")}</th>
              {figures.map(({ title }) => (
                <th key={title} scope="col" class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: count }, (_, i) => (
              <tr key={String(i)}>
                <th scope="row">{i + 1}</th>
                {figures.map((figure) => (
                  <td key={figure.title} class="number">
                    {valueText(figure, i)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Where no step was made. */
export function NoSteps(props: {
  readonly controls: Controls;
  readonly actions: Actions;
}): JSX.Element {
  return (
    <section class="steps">
      <p class="dim">
        {props.controls.optimizers.length > 0
          ? t("No training step was made. An optimizer makes some on the batch of this run:")
          : t("No training step was made: the script stopped before its first.")}
      </p>
      <Training {...props} />
    </section>
  );
}
