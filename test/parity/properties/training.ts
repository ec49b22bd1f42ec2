/** Optimizers, schedulers, clipping, initialisers. */
import { args, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const FLAGS = { maximize: ["True"], foreach: ["True", "False"] };
// NAdam has a mistake in PyTorch 1.13 that PyTorch 2 mended: the next step's momentum is counted twice.
const OPTIMIZERS: Readonly<Record<string, Readonly<Record<string, readonly (string | number)[]>>>> =
  {
    SGD: {
      lr: [0.1, -1],
      momentum: [0.9],
      dampening: [0.3, 0],
      weight_decay: [0.1],
      nesterov: ["True"],
      ...FLAGS,
    },
    Adam: {
      lr: [0.1, -1],
      betas: ["(0.8, 0.9)", "(1.2, 0.9)"],
      eps: [0.01],
      weight_decay: [0.1],
      amsgrad: ["True"],
      ...FLAGS,
    },
    AdamW: {
      lr: [0.1],
      betas: ["(0.8, 0.9)"],
      eps: [0.01],
      weight_decay: [0.1, 0],
      amsgrad: ["True"],
      ...FLAGS,
    },
    Adamax: { lr: [0.1], betas: ["(0.8, 0.9)"], eps: [0.01], weight_decay: [0.1], ...FLAGS },
    RAdam: { lr: [0.1], betas: ["(0.8, 0.9)"], eps: [0.01], weight_decay: [0.1] },
    RMSprop: {
      lr: [0.1],
      alpha: [0.8],
      eps: [0.01],
      weight_decay: [0.1],
      momentum: [0.5],
      centered: ["True"],
      ...FLAGS,
    },
    Adagrad: {
      lr: [0.1],
      lr_decay: [0.1],
      weight_decay: [0.1],
      initial_accumulator_value: [0.3],
      eps: [0.01],
      maximize: ["True"],
    },
    Adadelta: { lr: [0.1], rho: [0.8], eps: [0.01], weight_decay: [0.1], ...FLAGS },
    Rprop: { lr: [0.1], etas: ["(0.4, 1.3)"], step_sizes: ["(0.01, 1)"] },
    ASGD: { lr: [0.1], lambd: [0.01], alpha: [0.5], t0: [1], weight_decay: [0.1] },
  };

const SETUP =
  "p = torch.linspace(-1, 1, 3, dtype=torch.float64).requires_grad_()\nq = torch.linspace(1, 2, 2, dtype=torch.float64).requires_grad_()";

const optimized = (name: string) => (d: Draw) => {
  const options = OPTIMIZERS[name]!;
  const groups = d.chance(40) ? `[{'params': [p]}, {'params': [q], 'lr': 0.05}]` : "[p, q]";
  const steps = d.int(1, 6);
  const given = d.some(options, 30);
  const rate = name === "SGD" && !given.includes("lr=") ? "lr=0.2" : "";
  return [
    SETUP,
    `opt = torch.optim.${name}(${args(groups, rate, given)})`,
    `for i in range(${steps}):`,
    `  opt.zero_grad(${d.pick(["", "set_to_none=True", "set_to_none=False"])})`,
    `  loss = (p ** 2 * (i + 1)).sum()${d.chance(70) ? " + (q.sin() * p[:2]).sum()" : ""}`,
    "  loss.backward()",
    "  _ = opt.step()",
    "(p.detach(), q.detach(), [g['lr'] for g in opt.param_groups])",
  ].join("\n");
};

const SCHEDULERS: Readonly<Record<string, (d: Draw) => string>> = {
  StepLR: (d) => args(String(d.int(1, 5)), d.some({ gamma: [0.5] })),
  MultiStepLR: (d) => args(`[${d.int(1, 4)}, ${d.int(5, 9)}]`, d.some({ gamma: [0.5] })),
  ExponentialLR: (d) => String(d.pick([0.9, 0.5])),
  CosineAnnealingLR: (d) => args(String(d.int(3, 12)), d.some({ eta_min: [0.01] })),
  CosineAnnealingWarmRestarts: (d) =>
    args(String(d.int(1, 5)), d.some({ T_mult: [2, 3], eta_min: [0.01] })),
  LinearLR: (d) => d.some({ start_factor: [0.2], end_factor: [0.7], total_iters: [7] }),
  ConstantLR: (d) => d.some({ factor: [0.2], total_iters: [7] }),
  PolynomialLR: (d) => d.some({ total_iters: [7], power: [2.0] }),
  LambdaLR: () => "lambda i: 1 / (i + 1)",
  MultiplicativeLR: () => "lambda i: 0.9",
  OneCycleLR: (d) =>
    args(
      "1.0",
      "total_steps=25",
      d.some({
        pct_start: [0.2],
        anneal_strategy: ["'linear'"],
        cycle_momentum: ["False"],
        div_factor: [5],
        final_div_factor: [10],
        three_phase: ["True"],
      }),
    ),
  CyclicLR: (d) =>
    args(
      "0.1",
      "1.0",
      d.some(
        {
          step_size_up: [3],
          step_size_down: [5],
          mode: ["'triangular2'", "'exp_range'"],
          gamma: [0.9],
          cycle_momentum: ["False"],
        },
        60,
      ),
    ),
};

const scheduled = (name: string) => (d: Draw) =>
  [
    SETUP,
    `opt = torch.optim.SGD([{'params': [p]}, {'params': [q], 'lr': 0.05}], lr=0.2, momentum=0.9)`,
    `s = torch.optim.lr_scheduler.${name}(${args("opt", SCHEDULERS[name]!(d), d.some({ last_epoch: [-1] }, 10))})`,
    "seen = []",
    "for i in range(20):",
    "  opt.step()",
    "  s.step()",
    "  seen.append([(g['lr'], g['momentum']) for g in opt.param_groups])",
    "(seen, s.get_last_lr())",
  ].join("\n");

const INITS: Readonly<Record<string, Readonly<Record<string, readonly (string | number)[]>>>> = {
  uniform_: { a: [-1], b: [2] },
  normal_: { mean: [1], std: [0.5] },
  trunc_normal_: { mean: [0.5], std: [0.02, 2], a: [-1], b: [1.5] },
  xavier_uniform_: { gain: [2] },
  xavier_normal_: { gain: [2] },
  kaiming_uniform_: {
    a: [0.2],
    mode: ["'fan_out'", "'fan_all'"],
    nonlinearity: ["'relu'", "'tanh'", "'selu'"],
  },
  kaiming_normal_: { a: [0.2], mode: ["'fan_out'"], nonlinearity: ["'relu'", "'linear'"] },
  orthogonal_: { gain: [2] },
  eye_: {},
  dirac_: { groups: [2] },
  ones_: {},
  zeros_: {},
};

export const TRAINING: readonly Property[] = [
  ...each(Object.keys(OPTIMIZERS).join(" "), optimized),
  ...each(Object.keys(SCHEDULERS).join(" "), scheduled),
  property("ReduceLROnPlateau", (d) =>
    [
      SETUP,
      "opt = torch.optim.SGD([p], lr=0.2)",
      `s = torch.optim.lr_scheduler.ReduceLROnPlateau(${args("opt", d.some({ mode: ["'max'"], factor: [0.5], patience: [0, 2], threshold: [0.1], threshold_mode: ["'abs'"], cooldown: [1], min_lr: [0.01] }))})`,
      "seen = []",
      `for v in [3, 2, 2, 2.5, 2, 1, 1.05, 1, 1, 1, 1, 1]:`,
      "  opt.step()",
      "  s.step(v)",
      "  seen.append(opt.param_groups[0]['lr'])",
      "seen",
    ].join("\n"),
  ),
  property("SequentialLR and ChainedScheduler", (d) =>
    [
      SETUP,
      "L = torch.optim.lr_scheduler",
      "opt = torch.optim.SGD([p], lr=0.2)",
      `a, b = L.LinearLR(opt, 0.1, total_iters=4), L.${d.pick(["ExponentialLR(opt, 0.9)", "CosineAnnealingLR(opt, 8)", "StepLR(opt, 3)"])}`,
      d.chance(50)
        ? `s = L.SequentialLR(opt, [a, b], [${d.int(1, 6)}])`
        : "s = L.ChainedScheduler([a, b])",
      "seen = []",
      "for i in range(20):",
      "  opt.step()",
      "  s.step()",
      "  seen.append(opt.param_groups[0]['lr'])",
      "seen",
    ].join("\n"),
  ),
  property(
    "clip_grad_norm_",
    (d) =>
      `${SETUP}\n((p ** 3).sum() + (q ** 2).sum()).backward()\n(nn.utils.clip_grad_norm_(${args("[p, q]", String(d.pick([1.0, 0.1, 100])), d.some({ norm_type: [1, 3, "float('inf')"], error_if_nonfinite: ["True"] }))}), p.grad, q.grad)`,
  ),
  property(
    "clip_grad_value_",
    (d) =>
      `${SETUP}\n((p ** 3).sum() + (q ** 2).sum()).backward()\n(nn.utils.clip_grad_value_([p, q], ${d.pick([1.0, 0.1, 100])}), p.grad, q.grad)`,
  ),
  ...each(Object.keys(INITS).join(" "), (name) => (d) => {
    const shape = name === "dirac_" ? d.full(3, 5) : d.full(d.chance(5) ? 1 : 2, 4);
    return `nn.init.${name}(${args(`torch.empty(${shape.join(", ")}, dtype=torch.${d.pick(["float32", "float64"])})`, d.some(INITS[name]!))})`;
  }),
  property(
    "calculate_gain",
    (d) =>
      `nn.init.calculate_gain(${args(d.pick(["'relu'", "'tanh'", "'leaky_relu'", "'selu'", "'sigmoid'", "'conv2d'", "'gelu'"]), d.chance(40) ? "0.3" : "")})`,
  ),
  property(
    "nn.init.sparse_",
    (d) =>
      `nn.init.sparse_(torch.empty(${d.int(1, 5)}, ${d.int(1, 3)}), sparsity=${d.pick([0.1, 0.5, 0.9])})`,
  ),
];
