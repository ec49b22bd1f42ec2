/** Exceptions of PyTorch's that say what is wrong with the model or its loop: named by the rule they belong to, with the place and the cure. */
import type { Finding, Span } from "../report.ts";
import type { Remedy } from "./step.ts";
import type { Remark } from "./rule.ts";
import { inMessage, inText, said, type Sentence } from "../said.ts";
import type { Problem } from "../subject/probe.ts";

export interface Explained {
  readonly code: string;
  readonly at: Span | null;
  readonly why: Sentence;
  readonly related: readonly Remark[];
  readonly remedies: readonly Remedy[];
  /** Other data may not bring it about. */
  readonly isOfData: boolean;
}

interface Known {
  readonly text: RegExp;
  readonly explained: (problem: Problem) => Omit<Explained, "related" | "isOfData"> & {
    readonly related?: readonly Remark[];
    readonly isOfData?: true;
  };
}

const at = (span: Span | null | undefined): readonly Span[] => (span ? [span] : []);

const KNOWN: readonly Known[] = [
  {
    text: /^Expected more than 1 value per channel when training/,
    explained: ({ madeAt = null }) => ({
      code: "batch-norm-few",
      at: madeAt,
      why: said`A single value has no variance: in training a batch normalisation takes more than one sample or position.`,
      remedies: [[{ kind: "group", at: at(madeAt) }]],
      isOfData: true,
    }),
  },
  {
    text: /^all elements of input should be between 0 and 1/,
    explained: ({ madeAt = null, at: calledAt }) => ({
      code: "loss-input",
      at: madeAt ?? calledAt,
      why: said`This loss takes probabilities, and what it is given is not between 0 and 1: a sigmoid is missing, or the loss of scores.`,
      remedies: [
        madeAt
          ? [{ kind: "rename", at: [madeAt], from: "BCELoss", to: "BCEWithLogitsLoss" }]
          : [
              {
                kind: "rename",
                at: at(calledAt),
                from: "binary_cross_entropy",
                to: "binary_cross_entropy_with_logits",
              },
            ],
      ],
      isOfData: true,
    }),
  },
  {
    text: /^Trying to backward through the graph a second time/,
    explained: ({ at: place }) => ({
      code: "python-error",
      at: place,
      why: said`Something made before an earlier backward() still carries its graph, which that has freed: a recurrent state that goes from batch to batch, or an output used by two losses. detach() cuts it off; retain_graph=True keeps the graph.`,
      remedies: [],
    }),
  },
  {
    text: /modified by an inplace operation/,
    explained: ({ at: place, overwritten = [] }) => ({
      code: "python-error",
      at: place,
      why: said`The slope of an earlier operation is computed from values that were overwritten since.`,
      related: overwritten.map((one) => ({ at: one, text: said`Overwritten here.` })),
      remedies: overwritten.length > 0 ? [[{ kind: "outOfPlace", at: overwritten }]] : [],
    }),
  },
  {
    text: /^element 0 of tensors does not require grad/,
    explained: ({ at: place }) => ({
      code: "python-error",
      at: place,
      why: said`Nothing that this loss is made of asks for a gradient: the weights are frozen (requires_grad is False), or it was computed under no_grad(), or cut off by detach(), numbers or an operation without a derivative.`,
      remedies: [],
    }),
  },
];

/** What is known of an exception; null of any other. */
export function explained(problem: Problem): Explained | null {
  const known = KNOWN.find(({ text }) => text.test(problem.message));
  return known ? { related: [], isOfData: false, ...known.explained(problem) } : null;
}

/** It as a finding. `isOwn`: the user's own script was run, on the user's own data. */
export function explanation(one: Explained, problem: Problem, at: Span, isOwn: boolean): Finding {
  const { code, why, related } = one;
  return {
    code,
    severity: isOwn || !one.isOfData ? "error" : "information",
    at: one.at ?? at,
    ...inMessage(said`${`${problem.type}: ${problem.message}`.replace(/\.?$/, ".")} ${why}`),
    related: related.map((remark) => ({ at: remark.at, ...inText(remark.text) })),
    measured: {},
    layers: [],
    fixes: [],
  };
}
