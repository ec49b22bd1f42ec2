import type { Parameter } from "../report.ts";
import type { Evidence, Judgement, Lost } from "./rule.ts";
import { defineRule } from "./rule.ts";
import { said, type Sentence } from "../said.ts";

const missing = (parameters: readonly Parameter[]): Parameter[] =>
  parameters.filter(
    (p) => p.kind === "parameter" && p.requiresGrad && p.grad === null && !p.cleared && !p.waits,
  );

/** Parameters that a further run must look at. */
export const lostNames = ({ parameters }: Evidence): string[] =>
  missing(parameters).map((p) => p.name);

interface Why {
  readonly why: Sentence;
  /** What stands at the place where it happened. */
  readonly there?: Sentence;
}

/** Why, as the rest of a sentence on one parameter or more. */
export function causeOf(lost: Lost | undefined, isMany: boolean): Why {
  const it = isMany ? said`them` : said`it`;
  switch (lost?.kind) {
    case "unused":
      return { why: said`the run never uses ${it}` };
    case "detached":
      return {
        why: said`what is made of ${it} reaches the loss without its history`,
        there: said`Detached here: what comes after has no way back.`,
      };
    case "choice":
      return {
        why: said`${lost.op}, which has no derivative, stands between ${it} and the loss`,
        there: said`${lost.op} has no derivative.`,
      };
    case "no-grad":
      return {
        why: said`where the run uses ${it} nothing is recorded: no_grad() is on`,
        there: said`Nothing is recorded here.`,
      };
    case "number":
      return {
        why: said`what is made of ${it} is read as plain numbers, which have no history`,
        there: said`Read as numbers here: what is made of these has no way back.`,
      };
    case "astray":
      return { why: said`the loss does not depend on what is made of ${it}` };
    case undefined:
      return { why: said`no path leads from ${it} to the loss` };
  }
}

const MOST = 4; // findings of one cause: a whole encoder that is cut off is one trouble

/** Owners of parameters that one cut at one place took from the loss. */
function cutsOf(
  owners: readonly string[],
  lost: readonly Parameter[],
  evidence: Evidence,
): string[][] {
  const groups = new Map<string, string[]>();
  for (const owner of owners) {
    const first = lost.find((p) => p.layer === owner);
    const found = evidence.lost?.find((l) => l.name === first?.name);
    const key = found?.at ? JSON.stringify([found.kind, found.op, found.at]) : owner;
    groups.set(key, [...(groups.get(key) ?? []), owner]);
  }
  return [...groups.values()];
}

/** One judgement for many, at the first of them. */
function together(own: readonly Parameter[], evidence: Evidence): Judgement {
  const one = judgement(own.slice(0, 1), evidence);
  const found = evidence.lost?.find((l) => l.name === own[0]!.name);
  const { why } = causeOf(found, true);
  return {
    ...one,
    message: said`${own[0]!.name} and ${own.length - 1} more parameters get no gradient: ${why}.`,
    measured: { parameters: own.length },
    layers: [...new Set(own.map((p) => p.layer))],
  };
}

function judgement(own: readonly Parameter[], { lost, subjectAt }: Evidence): Judgement {
  const first = own[0]!;
  const found = lost?.find((l) => l.name === first.name);
  const { why, there } = causeOf(found, own.length > 1);
  const names = own.map((p): Sentence => p.name).reduce((a, b) => said`${a} and ${b}`);
  return {
    at: first.definedAt ?? subjectAt,
    message:
      own.length > 1
        ? said`${names} get no gradient: ${why}.`
        : said`${names} gets no gradient: ${why}.`,
    measured: { parameters: own.length },
    ...(found?.at && there ? { cause: { at: found.at, text: there } } : {}),
    layers: [first.layer],
  };
}

export const isFrozen = (p: Parameter): boolean =>
  p.kind === "parameter" && !p.requiresGrad && p.updateRatio !== undefined;

/** An optimizer of the script was given parameters that ask for no gradient: frozen, by intent or by accident. */
function frozen({ parameters, subjectAt }: Evidence): Judgement[] {
  const held = parameters.filter(isFrozen);
  const [first] = held;
  if (!first) return [];
  const more = held.length > 1 ? said` and ${held.length - 1} more parameters` : "";
  return [
    {
      at: first.definedAt ?? subjectAt,
      message: said`${first.name}${more} ${held.length > 1 ? said`are` : said`is`} given to the optimizer but frozen (requires_grad is False): no step changes ${held.length > 1 ? said`them` : said`it`}.`,
      measured: { parameters: held.length },
      layers: [...new Set(held.map((p) => p.layer))],
    },
  ];
}

/**
 * gradient-missing: a parameter that asks for a gradient gets none; its `grad` stays None, and an optimizer skips it silently.
 *
 * The run is made again and its values are followed: the parameter was never used; it was used where nothing is recorded, under
 * `no_grad()`; its values went on without their history, by `detach()`, `.data` or a copy; an operation without a derivative took them
 * (argmax, a comparison, a conversion to integers); what was made of it was read as numbers (`item()`, NumPy); or it is not part of the loss.
 * Parameters that a script's optimizer holds though they ask for no gradient are told as one.
 *
 * Source: PyTorch documentation, torch.Tensor.grad: None where backward() never reached the tensor.
 */
export const gradientMissing = defineRule({
  code: "gradient-missing",
  severity: "information",
  title: "A parameter gets no gradient",
  check: (evidence) => {
    const lost = missing(evidence.parameters);
    const owners = [...new Set(lost.map((p) => p.layer))];
    const of = (some: readonly string[]): Parameter[] => lost.filter((p) => some.includes(p.layer));
    const judged = cutsOf(owners, lost, evidence).flatMap((group) =>
      group.length > MOST
        ? [together(of(group), evidence)]
        : group.map((owner) => judgement(of([owner]), evidence)),
    );
    return [...judged, ...frozen(evidence)];
  },
});
