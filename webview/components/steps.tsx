import type { JSX } from "preact";

import { Curve } from "../charts/curve.tsx";
import { t } from "../l10n.ts";
import { short } from "../numbers.ts";
import type { StepsView, StepView } from "../protocol.ts";
import type { Actions } from "./actions.ts";

/** The figures of a step, in the order in which they are drawn. */
export const FIGURES: readonly { readonly id: keyof StepView; readonly title: () => string }[] = [
  { id: "loss", title: () => t("loss") },
  { id: "gradNorm", title: () => t("length of the gradient") },
];

export const valueText = (value: number | null): string =>
  value === null ? t("not finite") : short(value);

/** Who makes the steps, and a chart per figure over them; the slider reads one step off. */
export function Steps(props: {
  readonly view: StepsView;
  readonly step: number;
  readonly actions: Actions;
}): JSX.Element {
  const { view, step, actions } = props;
  const { optimizers, steps } = view;
  const now = steps[step];
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
          {FIGURES.map(({ id, title }) => (
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
          <StepTable steps={steps} />
        </>
      )}
    </section>
  );
}

/** The same figures as numbers. */
function StepTable({ steps }: { readonly steps: readonly StepView[] }): JSX.Element {
  return (
    <details>
      <summary>{t("As a table")}</summary>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t("Step")}</th>
            {FIGURES.map(({ id, title }) => (
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
              {FIGURES.map(({ id }) => (
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
export function NoSteps(): JSX.Element {
  return (
    <section class="steps">
      <p class="dim">
        {t(
          "No training step was made. A file that trains by itself, with an optimizer of its own, is followed over its first steps.",
        )}
      </p>
    </section>
  );
}
