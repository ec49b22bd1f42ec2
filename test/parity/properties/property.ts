import type { Draw } from "./draw.ts";

/** A claim that PyTorch and Chainrule give the same on every program that `write` draws. */
export interface Property {
  readonly name: string;
  /** Python statements, then an expression. */
  readonly write: (draw: Draw) => string;
  /** Whether a penalty on the gradients is differentiated as well. */
  readonly twice: boolean;
}

export const property = (
  name: string,
  write: Property["write"],
  { twice = false } = {},
): Property => ({ name, write, twice });

/** One property per name of a list. */
export const each = (
  names: string,
  write: (name: string) => Property["write"],
  options: { readonly twice?: boolean } = {},
): Property[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => property(name, write(name), options));
