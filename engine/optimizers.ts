/** Optimizers that a user can choose, as torch.optim makes them, each at its usual learning rate. */
export const OPTIMIZERS = {
  sgd: { type: "SGD", lr: 0.1, options: {} },
  momentum: { type: "SGD", lr: 0.01, options: { momentum: 0.9 } },
  nesterov: { type: "SGD", lr: 0.01, options: { momentum: 0.9, nesterov: true } },
  rmsprop: { type: "RMSprop", lr: 1e-3, options: {} },
  adam: { type: "Adam", lr: 1e-3, options: {} },
  adamw: { type: "AdamW", lr: 1e-3, options: {} },
} as const;

export type OptimizerName = keyof typeof OPTIMIZERS;

export const isOptimizer = (name: string): name is OptimizerName => Object.hasOwn(OPTIMIZERS, name);

/** Steps that are made where none are said. */
export const DEFAULT_STEPS = 20;
