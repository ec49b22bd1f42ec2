import { defineRule } from "./rule.ts";

/**
 * gradient-missing: a parameter that asks for a gradient gets none; its `grad` stays None.
 *
 * The run never used it, or used it only behind `detach()`, `no_grad()` or a step that cannot be differentiated (argmax, a conversion to
 * integers). An optimizer skips it silently.
 *
 * Source: PyTorch documentation, torch.Tensor.grad: None where backward() never reached the tensor.
 */
export const gradientMissing = defineRule({
  code: "gradient-missing",
  severity: "information",
  title: "A parameter gets no gradient",
  check: ({ parameters, subjectAt }) => {
    const lost = parameters.filter(
      (p) => p.kind === "parameter" && p.requiresGrad && p.grad === null,
    );
    const owners = [...new Set(lost.map((p) => p.layer))];
    return owners.map((owner) => {
      const own = lost.filter((p) => p.layer === owner);
      const names = own.map((p) => p.name).join(" and ");
      return {
        at: own[0]!.definedAt ?? subjectAt,
        message: `${names} ${own.length > 1 ? "get" : "gets"} no gradient: no path leads from there to the loss.`,
        measured: { parameters: own.length },
        layers: [owner],
      };
    });
  },
});
