/** Inputs for what holds no parameters: losses, normalisations, attention, functions of tensors. Their gradients are those of the inputs. */
import type { Choice } from "../report.ts";
import { BATCH, companions, compound } from "./inputs.ts";
import type { InputSpec, ModelFacts, Param, Spec } from "./spec.ts";
import { inWhy, said } from "../said.ts";

const CLASSES = 10;
const SIDE = 16;

/** What a loss compares with: no gradient is asked of it. */
const TARGET =
  /^(y|t|c|gt|true|truth|class(es)?|y_?(true|gt|t)|(ground_?)?truths?|annotations?)$|(^|_)(target|label|gt|true|tgt|trg|classes|ids)s?(_|$)|targets?\d?$|labels?\d?$/i;
/** What only steers the computation. */
const STEERS =
  /mask|weights?$|len(gth)?s?$|(^|_)(idx|ind(ex|ices)?|step|epoch|iter|size|num|eps|reduction|dim|axis|margin|smooth)(_|$)|^(alpha|beta|gamma|lam(bda)?_?|tau|temperature|temp|p|k|n|ratio|scale)$/i;

const IDS =
  /^(cross_entropy|nll_loss|multi_margin_loss|multilabel_margin_loss)\.target$|^one_hot\.|^gather\.index$|^embedding\./;
const NUMBERS =
  /^(binary_cross_entropy|binary_cross_entropy_with_logits|mse_loss|l1_loss|smooth_l1_loss|huber_loss|kl_div|soft_margin_loss|poisson_nll_loss)\.target$/;

const normal = (...shape: number[]): InputSpec => ({ kind: "randn", shape });
const uniform = (...shape: readonly number[]): InputSpec => ({ kind: "rand", shape });
const ids = (high: number, ...shape: readonly number[]): InputSpec => ({
  kind: "randint",
  low: 0,
  high,
  shape,
});

const between0And1 = (i: InputSpec): InputSpec => (i.kind === "randn" ? { ...i, kind: "rand" } : i);

const SCORES = [normal(BATCH, CLASSES)];
const MAPS = [normal(2, CLASSES, SIDE, SIDE), normal(2, 1, SIDE, SIDE)];
const IMAGES = [normal(2, 3, 32, 32), normal(2, 1, 32, 32)];
const ROWS = [normal(BATCH, 64)];
const SEQUENCES = [normal(BATCH, SIDE, 64)];
const HEADS = [normal(2, 4, SIDE, 16)];
const BOXES: InputSpec[] = [
  { kind: "py", expr: `torch.cat([torch.rand(${BATCH}, 2), 1 + torch.rand(${BATCH}, 2)], 1)` },
];
const PLAIN = [normal(BATCH)];
const ALL = [...SCORES, ...MAPS, ...IMAGES, ...ROWS, ...SEQUENCES, ...HEADS, ...PLAIN];

/** By the first parameter's name and the entry's: what stands first is tried first. */
const BY_NAME: readonly (readonly [RegExp, readonly InputSpec[]])[] = [
  [/box|iou_loss|giou|ciou/i, [...BOXES, ...ALL]],
  [
    /im(a)?ge?|frame|fake|real|sr$|hr$|ssim|psnr|pixel|(^|_)tv|edge|grad|upsampl|pool|blur|shuffle|2d/i,
    [...IMAGES, ...ALL],
  ],
  [/dice|jaccard|tversky|(^|_)iou/i, [...MAPS.map(between0And1), ...ALL]],
  [/prob/i, ALL.map(between0And1)],
  [/seg|lovasz|map|focal.*2d/i, [...MAPS, ...ALL]],
  [
    /^(q|k|v|query|quer(y|ies)|keys?|values?)$|attn|attention|rope|rotary/i,
    [...SEQUENCES, ...HEADS, ...ALL],
  ],
  [
    /feat|emb|anchor|positive|negative|output\d|^x\d$|^z|contrast|triplet|cosine|repr/i,
    [...ROWS, ...ALL],
  ],
  [/mel|audio|wav|seq|token|time|pad|trunc|1d/i, [...SEQUENCES, ...ALL]],
];

/** Positions of the required inputs whose gradients are asked: all but targets and what only steers; the first where none is left. */
export function leavesOf(forward: readonly Param[]): number[] {
  const required = forward.filter((p) => !p.hasDefault && !p.keywordOnly);
  const chosen = required.flatMap((p, k) =>
    TARGET.test(p.name) || STEERS.test(p.name) ? [] : [k],
  );
  return chosen.length > 0 ? chosen : [0];
}

/** What is compared with `main`, likeliest first: class numbers where there is an axis of classes, else the same shape in 0..1. */
function targetsFor(p: Param, main: InputSpec): InputSpec[] {
  const shape = main.shape;
  if (!shape) return [main];
  const [n = BATCH, classes = 2, ...rest] = shape;
  const feeds = p.use?.feeds ?? [];
  const numbers = [uniform(...shape)];
  const classed = [
    ...(shape.length === 1 ? [ids(2, ...shape)] : [ids(Math.max(classes, 2), n, ...rest)]),
    ...(rest.length > 1 && classes > 1 ? [ids(classes, n, 1, ...rest)] : []),
  ];
  const others = [
    ids(2, ...shape),
    ids(2, n),
    ids(Math.max(2, shape.at(-1)!), ...shape.slice(0, -1)),
  ];
  const isNumbers = feeds.some((f) => NUMBERS.test(f)) && !feeds.some((f) => IDS.test(f));
  // A map of one channel is a probability for each place, an image a number for each.
  const isImage = rest.length > 1 && (classes === 1 || classes === 3);
  return isNumbers || isImage
    ? [...numbers, ...classed, ...others]
    : [...classed, ...numbers, ...others];
}

/** Lists of inputs, likeliest first, for the required parameters of what holds no parameters. */
export function leafInputs(entry: string, facts: ModelFacts): InputSpec[][] {
  const required = facts.forward.filter((p) => !p.hasDefault);
  const lead = required.find((p) => !TARGET.test(p.name) && !STEERS.test(p.name)) ?? required[0];
  if (!lead) return [];
  const named =
    BY_NAME.find(([is]) => is.test(lead.name)) ?? BY_NAME.find(([is]) => is.test(entry));
  const rank = lead.use?.rank;
  const mains = [...new Set(named?.[1] ?? ALL)];
  const fits = (i: InputSpec): boolean => rank === undefined || i.shape?.length === rank;
  const ordered = [...mains.filter(fits), ...mains.filter((i) => !fits(i))];
  return ordered.flatMap((main) => {
    const choices = required.map((p): InputSpec[] => {
      const isTarget = TARGET.test(p.name) && p !== lead;
      const parts = compound(p, isTarget ? between0And1(main) : main, facts);
      if (parts) return parts;
      if (isTarget) return targetsFor(p, main);
      if (p !== lead && STEERS.test(p.name)) return companions(p, main, facts);
      return [main];
    });
    const most = Math.max(...choices.map((c) => c.length));
    return Array.from({ length: most }, (_, k) =>
      choices.map((c) => c[Math.min(k, c.length - 1)] ?? main),
    );
  });
}

/** The same with probabilities in place of numbers around 0, for a logarithm or a root of them. */
export const asProbabilities = (
  inputs: readonly InputSpec[],
  leaves: readonly number[],
): InputSpec[] => inputs.map((i, k) => (leaves.includes(k) ? between0And1(i) : i));

/** What the gradients are taken of, where that is no parameter. */
export function leafChoice(spec: Spec, forward: readonly Param[]): Choice[] {
  const required = forward.filter((p) => !p.hasDefault);
  const names = spec.requires_grad?.map((k) => required[k]?.name ?? `input ${k + 1}`);
  return names
    ? [
        {
          what: "gradients of",
          value: names.join(", "),
          ...inWhy(said`${spec.entry} has no parameters`),
        },
      ]
    : [];
}
