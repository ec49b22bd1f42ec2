import type { Optimizer, Span } from "../report.ts";
import type { Remedy, Step } from "./step.ts";
import type { Evidence, Judgement, Unheld, Unregistered } from "./rule.ts";
import { defineRule } from "./rule.ts";
import { said } from "../said.ts";
import { laterRemedies, stillOf } from "./weightsUnchanged.ts";

const attributeOf = ({ name }: Unregistered): string => name.replace(/\[.*/, "");

const nameOf = ({ owner, name }: Unregistered): string => (owner ? `${owner}.${name}` : name);

/** Put where weights stood that an optimizer holds; where that optimizer moves nothing at all, weights-unchanged tells it. */
function late(evidence: Evidence): Judgement[] {
  const { unheld = [], subjectAt } = evidence;
  if (stillOf(evidence).length > 0) return [];
  return unheld
    .filter(({ isLate, isInner }) => isLate && !isInner)
    .map(({ name, at, parameters }) => ({
      at: at ?? subjectAt,
      message: said`${name} (${parameters} weights) was put in place of what the optimizer holds, after that was made: no step trains it.`,
      measured: { weights: parameters },
      layers: [name],
    }));
}

/** Made while another module runs, each time anew or once when the optimizer was there already: one finding for each line that makes them. */
function inner(unheld: readonly Unheld[], subjectAt: Span): Judgement[] {
  const lines = new Map<string, Unheld[]>();
  for (const one of unheld.filter(({ isInner }) => isInner)) {
    const key = JSON.stringify([one.at, one.name]);
    lines.set(key, [...(lines.get(key) ?? []), one]);
  }
  return [...lines.values()].map((made) => {
    const { name, at } = made[0]!;
    const weights = made.reduce((sum, { parameters }) => sum + parameters, 0);
    return {
      at: at ?? subjectAt,
      message:
        made.length > 1
          ? said`${made.length} times ${name} (${weights} weights) is made while the model runs, so no optimizer was given it: no step trains it.`
          : said`${name} (${weights} weights) is made while the model runs, so no optimizer was given it: no step trains it.`,
      measured: { weights, members: made.length },
      layers: [name],
    };
  });
}

const leftOf = ({ unheld = [] }: Evidence): Unheld[] =>
  unheld.filter(({ isInner, isLate }) => !isInner && !isLate);

/** The optimizer that holds nothing of its own, where what a gradient reaches is in none. */
const doubledOf = (evidence: Evidence): Optimizer | undefined =>
  leftOf(evidence).length > 0 ? evidence.optimizers?.[evidence.doubled?.[0] ?? -1] : undefined;

/** The model that no optimizer has, in place of one that two of them have. */
function holdRemedies(evidence: Evidence): Remedy[] {
  const at = doubledOf(evidence)?.at;
  const name = leftOf(evidence)[0]?.name.split(".")[0];
  return at && name ? [[{ kind: "hold", at: [at], name }]] : [];
}

/** Registered all right, and reached by the gradient, yet no optimizer was given them: an oversight, or what shall stay as it is. */
function outside(evidence: Evidence): Judgement[] {
  const { optimizers = [] } = evidence;
  const left = leftOf(evidence);
  const [first] = left;
  const doubled = doubledOf(evidence);
  const at = (doubled ?? optimizers[0])?.at;
  // Where the optimizer's own weights stand still, that is what weights-unchanged tells.
  if (!first || !at || stillOf(evidence).length > 0) return [];
  const weights = left.reduce((sum, one) => sum + one.parameters, 0);
  const related = first.at
    ? [{ at: first.at, text: said`No optimizer was given its parameters.` }]
    : [];
  if (doubled)
    return [
      {
        at,
        message: said`This ${doubled.type} holds what an optimizer before it holds already, and ${first.name} and what else gets a gradient (${weights} weights) was given to none: no step trains it.`,
        measured: { weights, members: left.length },
        related,
        layers: left.map(({ name }) => name),
      },
    ];
  return [
    {
      severity: "information",
      at,
      message:
        left.length > 1
          ? said`${first.name} and ${left.length - 1} more modules (${weights} weights) get a gradient, and no optimizer was given them: no step trains them.`
          : said`${first.name} (${weights} weights) gets a gradient, and no optimizer was given it: no step trains it.`,
      measured: { weights, members: left.length },
      related,
      layers: left.map(({ name }) => name),
    },
  ];
}

/**
 * parameter-unregistered: the gradient reaches weights that `parameters()` does not give, so no optimizer trains them, `to()` does not move
 * them and `state_dict()` does not save them.
 *
 * They lie in a plain list, tuple or dictionary of a module, or are tensors that are no `nn.Parameter`, or what an operation made of one
 * (`nn.Parameter(…) * 0.02`). Weights that an optimizer of the
 * script was given by themselves do not count, nor do those that no gradient reaches. Or a script's model makes the layer within `forward()`, or a layer
 * or parameter was replaced after the optimizer had been made. Modules of a script that are registered, and that none of its optimizers was
 * given, are information: they may be meant to stay as they are; not where two optimizers were given the same ones.
 *
 * What helps: `nn.ModuleList`, `nn.ModuleDict`, `nn.Parameter`; layers made in `__init__()`; the optimizer
 * made after the model is complete.
 *
 * Source: PyTorch documentation, torch.nn.ModuleList: modules in it are registered and visible by all Module methods; exact.
 */
export const parameterUnregistered = defineRule({
  code: "parameter-unregistered",
  severity: "warning",
  title: "Weights that no optimizer is given",
  check: (evidence) => {
    const { unregistered = [], unheld = [], subjectAt } = evidence;
    const places = new Map<string, Unregistered[]>();
    for (const one of unregistered) {
      const key = JSON.stringify([one.owner, attributeOf(one)]);
      places.set(key, [...(places.get(key) ?? []), one]);
    }
    const listed = [...places.values()].map((own) => {
      const first = own[0]!;
      const count = own.reduce((sum, { parameters }) => sum + parameters, 0);
      const more = own.length > 1 ? said` and ${own.length - 1} more` : "";
      const holder = first.name.includes("[") ? said`a plain container` : said`an attribute`;
      const cure = first.isModule ? said`nn.ModuleList or nn.ModuleDict` : "nn.Parameter";
      return {
        at: first.at ?? subjectAt,
        message: first.isMade
          ? said`${nameOf(first)} (${count} weights) is what an operation made of a parameter, not the parameter: it is not among parameters(), so no optimizer trains it; nn.Parameter around the whole would register it.`
          : said`${nameOf(first)}${more} (${count} weights) in ${holder} ${own.length > 1 ? said`are` : said`is`} not among parameters(), so no optimizer trains them: ${cure} would register them.`,
        measured: { weights: count, members: own.length },
        layers: own.map(nameOf),
      };
    });
    return [...listed, ...inner(unheld, subjectAt), ...late(evidence), ...outside(evidence)];
  },
  remedies: (evidence) => {
    const { unregistered = [], unheld = [] } = evidence;
    const inners = unheld.filter(({ isInner }) => isInner);
    const built = inners.flatMap(({ at, sizes }): Step[] =>
      at ? [{ kind: "build", at: [at], sizes }] : [],
    );
    const steps = new Map<string, Step>();
    for (const one of unregistered) {
      const step = {
        kind: "register",
        owner: one.ownerType,
        name: attributeOf(one),
        isModule: one.isModule,
      } as const;
      steps.set(JSON.stringify(step), step);
    }
    return [
      ...(steps.size > 0 ? [[...steps.values()]] : []),
      ...(built.length > 0 ? [built] : []),
      ...laterRemedies(evidence),
      ...holdRemedies(evidence),
    ];
  },
});
