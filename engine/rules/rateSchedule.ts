import type { Judgement, Schedule } from "./rule.ts";
import { defineRule } from "./rule.ts";
import { said } from "../said.ts";

const MAX_STEPS = 500; // batches: less than an epoch of most data sets

/** Stepped at every batch, so that nothing is left of the rate after so many. */
const isGone = (one: Schedule, most = MAX_STEPS): one is Schedule & { readonly down: number } =>
  one.byBatch && one.down !== null && one.down <= most;

/**
 * rate-schedule: a schedule that is made for epochs is stepped at every batch, so the learning rate is gone within the first epochs; or it is stepped
 * before the optimizer's first step, so its first value is never used (information).
 *
 * Only schedules that do nothing but decay are judged (ExponentialLR, StepLR, MultiStepLR): by their own numbers, the batches after which a
 * thousandth of the rate is left. `scheduler.step()` counts as stepped at every batch where it stands in a loop over a DataLoader, or in a loop
 * within a loop.
 *
 * What helps: `scheduler.step()` once an epoch, behind the loop over the batches; after `optimizer.step()`.
 *
 * Source: PyTorch documentation, "How to adjust learning rate" (torch.optim): scheduler.step() after optimizer.step(), once an epoch; threshold:
 * 500, above public schedules by epoch, below those that are meant by batch.
 */
export const rateSchedule = defineRule({
  code: "rate-schedule",
  severity: "warning",
  title: "A schedule by epoch is stepped at every batch",
  limits: { maxSteps: MAX_STEPS },
  check: ({ schedules = [] }, limits) =>
    schedules.flatMap((schedule): Judgement[] => {
      const { type, at, early } = schedule;
      if (isGone(schedule, limits.maxSteps))
        return [
          {
            at,
            message: said`${type} is stepped at every batch: after ${schedule.down} of them a thousandth of the learning rate is left.`,
            measured: { batches: schedule.down },
            layers: [],
          },
        ];
      return early
        ? [
            {
              at,
              severity: "information",
              message: said`${type} is stepped before the optimizer: the first learning rate of the schedule is never used.`,
              measured: {},
              layers: [],
            },
          ]
        : [];
    }),
  remedies: ({ schedules = [] }) => {
    const at = schedules.filter((one) => isGone(one)).map((one) => one.at);
    return at.length > 0 ? [[{ kind: "byEpoch", at }]] : [];
  },
});
