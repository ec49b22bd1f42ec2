import type { JSX } from "preact";

import { t } from "../l10n.ts";
import type { Against, Controls, RunRef } from "../protocol.ts";
import type { Actions } from "./actions.ts";

/** Largest seed of torch.manual_seed that a number of JavaScript holds exactly. */
const MOST_SEED = Number.MAX_SAFE_INTEGER;

/** What each precision on offer asks for. */
const PRECISIONS: Readonly<Record<string, Partial<Controls>>> = {
  float32: { dtype: "float32", mixed: null },
  float64: { dtype: "float64", mixed: null },
  float16: { dtype: "float32", mixed: "float16" },
  bfloat16: { dtype: "float32", mixed: "bfloat16" },
};

/** Seed, batch and precision of the next run. A change runs at once. */
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
        <Whole
          label={t("Seed")}
          value={seed}
          min={0}
          change={(value) => {
            set({ seed: value });
          }}
        />
        {batch !== null && (
          <Whole
            label={t("Batch")}
            value={batch}
            min={1}
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

/** A field for a whole number, which is taken with Enter or when the field is left. */
function Whole(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly change: (value: number) => void;
}): JSX.Element {
  const { label, value, min, change } = props;
  return (
    <label>
      {label}{" "}
      <input
        type="number"
        value={value}
        min={min}
        max={MOST_SEED}
        step="1"
        onChange={({ currentTarget }) => {
          const wanted = Number(currentTarget.value);
          if (currentTarget.value !== "" && Number.isSafeInteger(wanted) && wanted >= min) {
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
