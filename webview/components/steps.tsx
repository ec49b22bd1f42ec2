import type { JSX } from "preact";

import { Curve } from "../charts/curve.tsx";
import { t } from "../l10n.ts";
import { short } from "../numbers.ts";
import type { Controls, StepsView, StepView } from "../protocol.ts";
import type { Actions } from "./actions.ts";
import { Training } from "./settings.tsx";

/** The figures of a step, in the order in which they are drawn. */
export const FIGURES: readonly {
  readonly id: keyof StepView;
  readonly title: () => string;
  /** Whether these steps have anything to say about it. */
  readonly isTold: (steps: readonly StepView[]) => boolean;
}[] = [
  { id: "loss", title: () => t("loss"), isTold: () => true },
  { id: "gradNorm", title: () => t("length of the gradient"), isTold: () => true },
  {
    id: "clipped",
    title: () => t("share kept by clipping"),
    isTold: (steps) => steps.some(({ clipped }) => clipped !== 1),
  },
];

export const valueText = (value: number | null): string =>
  value === null ? t("not finite") : short(value);

/** Who makes the steps, and a chart per figure over them; the slider reads one step off. */
export function Steps(props: {
  readonly view: StepsView;
  readonly controls: Controls;
  readonly step: number;
  readonly actions: Actions;
}): JSX.Element {
  const { view, controls, step, actions } = props;
  const { optimizers, steps } = view;
  const now = steps[step];
  const figures = FIGURES.filter(({ isTold }) => isTold(steps));
  const choose = (chosen: number): void => {
    actions.show({ step: chosen });
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
      {now && (
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
          {figures.map(({ id, title }) => (
            <div class="figure" key={id}>
              <p>
                {title()} <b>{valueText(now[id])}</b>
              </p>
              <Curve
                label={t("{0} over {1} steps", title(), steps.length)}
                values={steps.map((each) => each[id])}
                step={step}
                choose={choose}
              />
            </div>
          ))}
          <StepTable steps={steps} figures={figures} />
        </>
      )}
    </section>
  );
}

/** The same figures as numbers. */
function StepTable(props: {
  readonly steps: readonly StepView[];
  readonly figures: typeof FIGURES;
}): JSX.Element {
  const { steps, figures } = props;
  return (
    <details>
      <summary>{t("As a table")}</summary>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t("Step")}</th>
            {figures.map(({ id, title }) => (
              <th key={id} scope="col" class="number">
                {title()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map((step, i) => (
            <tr key={String(i)}>
              <th scope="row">{i + 1}</th>
              {figures.map(({ id }) => (
                <td key={id} class="number">
                  {valueText(step[id])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
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
