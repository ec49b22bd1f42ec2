import type { JSX } from "preact";

import { t } from "../l10n.ts";
import type { Against, Controls, RunRef } from "../protocol.ts";
import type { Actions } from "./actions.ts";

/** What each precision on offer asks for. */
const PRECISIONS: Readonly<Record<string, Partial<Controls>>> = {
  float32: { dtype: "float32", mixed: null },
  float64: { dtype: "float64", mixed: null },
  float16: { dtype: "float32", mixed: "float16" },
  bfloat16: { dtype: "float32", mixed: "bfloat16" },
};

/** Seed, batch, precision and optimizer of the next run. A change runs at once. */
export function RunSettings(props: {
  readonly controls: Controls;
  readonly actions: Actions;
}): JSX.Element {
  const { seed, batch, dtype, mixed } = props.controls;
  const { set } = props.actions;
  return (
    <details class="settings">
      <summary>{t("Run settings")}</summary>
      <div class="fields">
        <NumberField
          label={t("Seed")}
          value={seed}
          isAllowed={(wanted) => isWhole(wanted, 0)}
          change={(value) => {
            set({ seed: value });
          }}
        />
        {batch !== null && (
          <NumberField
            label={t("Batch")}
            value={batch}
            isAllowed={(wanted) => isWhole(wanted, 1)}
            change={(value) => {
              set({ batch: value });
            }}
          />
        )}
        <label>
          {t("Precision")}{" "}
          <select
            value={mixed ?? dtype}
            onChange={({ currentTarget: { value } }) => {
              set(PRECISIONS[value] ?? {});
            }}
          >
            <option value="float32">float32</option>
            <option value="float64">float64</option>
            <option value="float16">{t("float32 beside float16 autocast")}</option>
            <option value="bfloat16">{t("float32 beside bfloat16 autocast")}</option>
          </select>
        </label>
      </div>
    </details>
  );
}

/** Whose steps are made, at which rate and how many; nothing where a script trains by itself. */
export function Training(props: {
  readonly controls: Controls;
  readonly actions: Actions;
}): JSX.Element | null {
  const { optimizer, lr, steps, optimizers } = props.controls;
  const { set } = props.actions;
  if (optimizers.length === 0) return null;
  return (
    <div class="training">
      <label>
        {t("Optimizer")}{" "}
        <select
          value={optimizer ?? ""}
          onChange={({ currentTarget: { value } }) => {
            set({ optimizer: value === "" ? null : value, lr: null });
          }}
        >
          <option value="">{t("no steps")}</option>
          {optimizers.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {lr !== null && (
        <NumberField
          label={t("Learning rate")}
          value={lr}
          isAllowed={(wanted) => wanted > 0}
          change={(value) => {
            set({ lr: value });
          }}
        />
      )}
      {steps !== null && (
        <NumberField
          label={t("Steps")}
          value={steps}
          isAllowed={(wanted) => isWhole(wanted, 1)}
          change={(value) => {
            set({ steps: value });
          }}
        />
      )}
    </div>
  );
}

const isWhole = (wanted: number, least: number): boolean =>
  Number.isSafeInteger(wanted) && wanted >= least;

/** A field for a number, which is taken with Enter or when the field is left. */
function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly isAllowed: (wanted: number) => boolean;
  readonly change: (value: number) => void;
}): JSX.Element {
  const { label, value, isAllowed, change } = props;
  return (
    <label>
      {label}{" "}
      <input
        type="number"
        value={value}
        step="any"
        onChange={({ currentTarget }) => {
          const wanted = Number(currentTarget.value);
          if (currentTarget.value !== "" && Number.isFinite(wanted) && isAllowed(wanted)) {
            if (wanted !== value) change(wanted);
          } else currentTarget.value = String(value);
        }}
      />
    </label>
  );
}

/** Which kept run stands beside this one. */
export function Compare(props: {
  readonly runs: readonly RunRef[];
  readonly against: Against | null;
  readonly actions: Actions;
}): JSX.Element | null {
  const { runs, against, actions } = props;
  if (runs.length === 0) return null;
  return (
    <label class="compare">
      {t("against")}{" "}
      <select
        value={against?.id ?? ""}
        onChange={({ currentTarget: { value } }) => {
          actions.compare(value === "" ? null : value);
        }}
      >
        <option value="">{t("no other run")}</option>
        {runs.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
