/** Errors that are expected: each has a stable code and a sentence that helps. A bug is a plain Error from `assert`. */

export class EngineError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * What PyTorch raises: the Python exception's type and PyTorch's own words, which are interface.
 * The torch shim raises exactly this.
 */
export class TorchError extends EngineError {
  readonly pythonType: string;
  constructor(pythonType: string, message: string) {
    super("torch", message);
    this.pythonType = pythonType;
  }
}

/** A tensor that a backward pass needs was overwritten. `sites`: identities of the user's places that wrote to it since. */
export class OverwrittenError extends TorchError {
  readonly sites: readonly number[];
  constructor(message: string, sites: readonly number[]) {
    super("RuntimeError", message);
    this.sites = sites;
  }
}

const show = (shapes: Readonly<Record<string, readonly number[]>>): string =>
  Object.entries(shapes)
    .map(([name, shape]) => `${name} [${shape.join(", ")}]`)
    .join(", ");

/** Shapes that do not fit: `op: problem: name [shape], …`; `torch` is what PyTorch says there, where it is known. */
export class ShapeError extends TorchError {
  constructor(
    op: string,
    problem: string,
    shapes: Readonly<Record<string, readonly number[]>>,
    torch?: string,
  ) {
    super("RuntimeError", torch ?? `${op}: ${problem}: ${show(shapes)}`);
  }
}

/** Chainrule lacks `torchName`; never answered by a plausible value. */
export class UnsupportedError extends EngineError {
  readonly torchName: string;
  constructor(torchName: string, detail?: string) {
    super("unsupported", detail ? `${torchName}: ${detail}` : torchName);
    this.torchName = torchName;
  }
}

/** A numeric value was asked of a tensor that has shape and dtype only. */
export class MetaError extends EngineError {
  constructor(op: string) {
    super("meta", `${op}: a meta tensor has no values`);
  }
}

/** Throws a bug report when a fact that this code relies on is false. */
export function assert(condition: unknown, fact: string): asserts condition {
  if (!condition) throw new Error(`internal: ${fact}`);
}
