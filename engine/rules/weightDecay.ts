import { median } from "../numeric/median.ts";
import { defineRule, percent, short } from "./rule.ts";
import { stepped } from "./updates.ts";
import { said } from "../said.ts";

const MAX_SHARE = 0.5; // of decay plus gradient, at the median weight

/**
 * weight-decay: at the first step the weights are pulled toward zero more than along the gradient.
 *
 * Measured per weight as ‖λw‖ / (‖λw‖ + ‖g‖), with the optimizer's `weight_decay` λ; the median over the weights counts. For AdamW, whose
 * decay goes beside the gradient, as λ‖w‖ against the normalised step, which has about the length √n.
 *
 * What helps: a smaller weight decay.
 *
 * Source: Loshchilov and Hutter, ICLR 2019 (decay beside the gradient); threshold: half, where decay outweighs learning at the start.
 */
export const weightDecay = defineRule({
  code: "weight-decay",
  severity: "information",
  title: "Weight decay outweighs the gradient",
  limits: { maxShare: MAX_SHARE },
  check: (evidence, limits) => {
    const [first] = evidence.optimizers ?? [];
    const decay = first?.weightDecay ?? 0;
    if (!first || decay === 0) return [];
    const shares = stepped(evidence).map(({ value, grad }) => {
      const pull = decay * value.l2;
      const push = first.type === "AdamW" ? Math.sqrt(value.count) : (grad?.l2 ?? 0);
      return pull + push > 0 ? pull / (pull + push) : 0;
    });
    const share = median(shares) ?? 0;
    if (share <= limits.maxShare) return [];
    return [
      {
        at: first.at ?? evidence.subjectAt,
        message: said`At the first step of ${first.type} weight decay of ${short(decay)} makes up ${percent(share)} of what moves the median weight.`,
        measured: { share, weightDecay: decay },
        layers: [],
      },
    ];
  },
});
