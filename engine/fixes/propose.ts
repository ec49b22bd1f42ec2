import type { Edit, Finding, Fix, Proposal } from "../report.ts";
import { remediesOf } from "../rules/index.ts";
import type { Evidence, Remedy, Step } from "../rules/rule.ts";
import { short } from "../rules/rule.ts";

/** Id of the case that a remedy is tried as. */
export const TRIAL = "fix";

const NAMES = { relu: "ReLU", gelu: "GELU", tanh: "tanh" } as const;
const SCHEMES = {
  relu: "initialise as He et al.",
  gelu: "initialise as He et al.",
  tanh: "initialise as Glorot and Bengio",
  linear: "initialise as Glorot and Bengio",
  small: "initialise with a standard deviation of 0.02",
  orthogonal: "initialise orthogonally",
} as const;

/** `Replace sigmoid by ReLU`. */
function stepTitle(step: Step): string {
  switch (step.kind) {
    case "activation":
      return `replace ${step.from} by ${NAMES[step.to]}`;
    case "initialise":
      return SCHEMES[step.gain];
    case "normalise":
      return "normalise after each layer";
    case "group":
      return "normalise each sample by itself (GroupNorm)";
    case "divide":
      return `divide the scores by √${step.channels}`;
    case "guard":
      return "keep logarithms, roots, exponentials and masks finite";
    case "remove":
      return `remove ${step.name}`;
    case "residual":
      return "add residual connections";
    case "register":
      return `register ${step.name} with the module`;
    case "rename":
      return `replace ${step.from} by ${step.to}`;
    case "rate":
      return `set the learning rate to ${step.lr}`;
    case "fit":
      return `put a number that ${step.dtype} holds${step.value === null ? "" : ` for ${short(step.value)}`}`;
    case "unscale":
      return "unscale the gradients before they are clipped";
    case "widen":
      return "keep weights and inputs in float32";
    case "bfloat16":
      return "use bfloat16 under autocast";
    case "scaler":
      return "scale the loss by a GradScaler";
    case "argument":
      return `set ${step.name} to ${short(step.value)}`;
    case "squeeze":
      return `give the loss equal shapes`;
    case "reduce":
      return "average the loss over the batch";
    case "clear":
      return "clear the gradients before backward()";
    case "recurrent":
      return step.draw === "identity"
        ? "start recurrent weights as the identity"
        : "make recurrent weights orthogonal";
    case "forget":
      return "start the forget gates open";
    case "scale":
      return "scale residual branches by depth";
    case "zero":
      return "clear the gradients after each step";
    case "clip":
      return `clip gradients to a norm of ${step.norm}`;
  }
}

export function titleOf(remedy: Remedy): string {
  const parts = [...new Set(remedy.map(stepTitle))];
  const text =
    parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : (parts[0] ?? "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const DRAWS: ReadonlySet<Step["kind"]> = new Set(["initialise", "recurrent", "forget"]);

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
      return [{ code, title: titleOf(remedy), kind: kindOf(remedy), edits }];
    }),
  );
}
