import type { Edit, Finding, Fix, Proposal, Said } from "../report.ts";
import { remediesOf } from "../rules/index.ts";
import type { Remedy, Step } from "../rules/step.ts";
import type { Evidence } from "../rules/rule.ts";
import { short } from "../rules/rule.ts";
import { english, inTitle, said, type Sentence } from "../said.ts";

/** Id of the case that a remedy is tried as. */
export const TRIAL = "fix";

const NAMES = { relu: "ReLU", gelu: "GELU", tanh: "tanh" } as const;
const SCHEMES = {
  relu: said`initialise as He et al.`,
  gelu: said`initialise as He et al.`,
  tanh: said`initialise as Glorot and Bengio`,
  linear: said`initialise as Glorot and Bengio`,
  small: said`initialise with a standard deviation of 0.02`,
  orthogonal: said`initialise orthogonally`,
} as const;

/** `Replace sigmoid by ReLU`. */
function stepTitle(step: Step): Said {
  switch (step.kind) {
    case "activation":
      return said`replace ${step.from} by ${NAMES[step.to]}`;
    case "initialise":
      return SCHEMES[step.gain];
    case "draw":
      return said`draw the weights with a standard deviation of ${step.gain}/√fan_in`;
    case "normalise":
      return step.isBefore
        ? said`normalise what the layer is given`
        : said`normalise after each layer`;
    case "group":
      return said`normalise each sample by itself (GroupNorm)`;
    case "divide":
      if (step.channels === null) return said`leave the scores as they are`;
      return step.isInstead
        ? said`divide the scores by √${step.channels} instead`
        : said`divide the scores by √${step.channels}`;
    case "guard":
      return said`keep logarithms, roots, exponentials and masks finite`;
    case "remove":
      return said`remove ${step.name}`;
    case "residual":
      return said`add residual connections`;
    case "register":
      return said`register ${step.name} with the module`;
    case "rename":
      return said`replace ${step.from} by ${step.to}`;
    case "rate":
      return said`set the learning rate to ${step.lr}`;
    case "fit":
      return said`put a number that ${step.dtype} holds${step.value === null ? "" : said` for ${short(step.value)}`}`;
    case "unscale":
      return said`unscale the gradients before they are clipped`;
    case "widen":
      return said`keep weights and inputs in float32`;
    case "bfloat16":
      return said`use bfloat16 under autocast`;
    case "scaler":
      return said`scale the loss by a GradScaler`;
    case "argument":
      return said`set ${step.name} to ${step.value === true ? "True" : short(step.value)}`;
    case "squeeze":
      return said`give the loss equal shapes`;
    case "reduce":
      return said`average the loss over the batch`;
    case "clear":
      return said`clear the gradients before backward()`;
    case "hold":
      return said`give the optimizer the parameters of ${step.name}`;
    case "attach":
      return said`keep the history of what reaches the loss`;
    case "detach":
      return said`detach what is subtracted`;
    case "byEpoch":
      return said`step the schedule once an epoch`;
    case "attachLate":
      return said`detach it for the first loss alone`;
    case "later":
      return said`make the optimizer after the model is complete`;
    case "build":
      return said`make the layer in the constructor`;
    case "axis":
      return said`normalise over the classes`;
    case "sigmoid":
      return said`replace softmax by sigmoid`;
    case "range":
      return said`bring the targets to 0 to 1`;
    case "shrink":
      return step.isEmbedding
        ? said`draw the embedding with a standard deviation of 0.02`
        : said`draw the weights by their fan-in`;
    case "swap":
      return said`exchange prediction and target`;
    case "clipFirst":
      return said`clip the gradients before the step`;
    case "outOfPlace":
      return said`make new tensors instead of overwriting`;
    case "clipBehind":
      return said`clip the gradients behind backward()`;
    case "recurrent":
      return step.draw === "identity"
        ? said`start recurrent weights as the identity`
        : said`make recurrent weights orthogonal`;
    case "forget":
      return step.bias === 1
        ? said`start the forget gates open`
        : said`start the forget gates wide open (bias ${step.bias})`;
    case "scale":
      return said`scale residual branches by depth`;
    case "weaken":
      return said`multiply the penalty by ${step.factor}`;
    case "clear-late":
      return said`clear the gradients after each step, and nowhere else`;
    case "zero":
      return said`clear the gradients after each step`;
    case "clip":
      return said`clip gradients to a norm of ${step.norm}`;
  }
}

export function titleOf(remedy: Remedy): Sentence {
  const parts = [...new Map(remedy.map(stepTitle).map((one) => [english(one), one])).values()];
  const last = parts.pop() ?? "";
  if (parts.length === 0) return last;
  return said`${parts.reduce<Sentence>((a, b) => (a === "" ? b : said`${a}, ${b}`), "")} and ${last}`;
}

const DRAWS: ReadonlySet<Step["kind"]> = new Set([
  "draw",
  "initialise",
  "recurrent",
  "forget",
  "shrink",
]);

/** A new initialisation draws other numbers for the same function; all else makes another model. */
const kindOf = (remedy: Remedy): Fix["kind"] =>
  remedy.every((step) => DRAWS.has(step.kind)) ? "safe" : "behaviour";

/**
 * What may help against the findings, as edits of the source. `edit` gives a remedy's edits, or null where the source has no place
 * for it.
 */
export function proposals(
  findings: readonly Finding[],
  evidence: Evidence,
  edit: (remedy: Remedy) => readonly Edit[] | null,
): Proposal[] {
  const codes = new Set(findings.filter((f) => f.severity !== "information").map((f) => f.code));
  const seen = new Set<string>();
  return [...codes].flatMap((code) =>
    remediesOf(code, evidence).flatMap((remedy) => {
      const edits = edit(remedy);
      const key = JSON.stringify([code, edits]);
      if (!edits || seen.has(key)) return [];
      seen.add(key);
      return [{ code, ...inTitle(titleOf(remedy)), kind: kindOf(remedy), edits }];
    }),
  );
}
