/** What a property's program is drawn with. Each draw shrinks towards its simplest value. */
import fc from "fast-check";

export type Shape = readonly number[];

/** How a tensor lies in memory; see `laid` in snippets/property.py. */
const LAYOUTS = ["", "", "", "T", "step", "part", "expand"] as const;

/** Keyword arguments of `t` in snippets/property.py. */
export interface TensorOptions {
  readonly of?: string;
  readonly low?: number;
  readonly high?: number;
  readonly ties?: boolean;
  readonly odd?: boolean;
  readonly grad?: boolean;
  readonly lay?: string;
}

const written = (value: unknown): string =>
  typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value);

/** `(2, 3)`, and `(2,)` for one number. */
export const tuple = (items: readonly (number | string)[]): string =>
  items.length === 1 ? `(${String(items[0])},)` : `(${items.join(", ")})`;

/** Arguments joined; empty ones are left out. */
export const args = (...items: readonly string[]): string => items.filter(Boolean).join(", ");

export class Draw {
  readonly #g: fc.GeneratorValue;

  constructor(g: fc.GeneratorValue) {
    this.#g = g;
  }

  int(min: number, max: number): number {
    return this.#g(fc.integer, { min, max });
  }

  /** One of the items; the first is the simplest. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!;
  }

  /** True in `percent` of the draws; false is the simplest. */
  chance(percent: number): boolean {
    return this.int(0, 99) >= 100 - percent;
  }

  /** A length: 1 to 4, sometimes 0. */
  size(): number {
    return this.chance(4) ? 0 : this.pick([2, 1, 3, 4]);
  }

  shape(minRank: number, maxRank: number): number[] {
    return Array.from({ length: this.int(minRank, maxRank) }, () => this.size());
  }

  /** A shape without a length of 0. */
  full(minRank: number, maxRank: number): number[] {
    return this.shape(minRank, maxRank).map((n) => Math.max(1, n));
  }

  /** A shape that broadcasts with `shape`; one in thirty does not. */
  beside(shape: Shape): number[] {
    const kept = shape.slice(this.chance(30) ? this.int(0, shape.length) : 0);
    const found = kept.map((n) => (this.chance(25) ? 1 : n));
    if (found.length > 0 && this.chance(3)) found[0] = 5;
    return found;
  }

  layout(shape: Shape): string {
    const lay = this.pick(LAYOUTS);
    if (shape.length === 0 || (lay === "T" && shape.length < 2)) return "";
    return lay === "expand" && shape[0] === 0 ? "" : lay;
  }

  tensor(shape: Shape, options: TensorOptions = {}): string {
    const said = { ...options, lay: options.lay ?? this.layout(shape) };
    const named = Object.entries(said).filter(([, value]) => value !== "" && value !== undefined);
    return `t(${args(...shape.map(String), ...named.map(([k, v]) => `${k}=${written(v)}`))})`;
  }

  /** Whole numbers from 0 to below `count`, as a tensor without gradient. */
  index(shape: Shape, count: number, options: TensorOptions = {}): string {
    return this.tensor(shape, { of: "int64", low: 0, high: Math.max(1, count), ...options });
  }

  /** An axis of a tensor of that rank, from either end; one in forty is out of range. */
  dim(rank: number): number {
    const r = Math.max(1, rank);
    if (this.chance(2)) return this.pick([r, -r - 1]);
    return this.chance(35) ? this.int(-r, -1) : this.int(0, r - 1);
  }

  /** Distinct axes, as Python: an int, or a tuple. */
  dims(rank: number): string {
    if (this.chance(50) || rank === 0) return String(this.dim(rank));
    const chosen = Array.from({ length: rank }, (_, i) => i).filter(() => this.chance(50));
    return tuple(chosen.map((i) => (this.chance(30) ? i - rank : i)));
  }

  /** Keyword arguments, each given or left out: `a=1, b=True`. Values are Python source. */
  some(options: Readonly<Record<string, readonly (string | number)[]>>, percent = 40): string {
    const chosen = Object.entries(options).filter(() => this.chance(percent));
    return chosen.map(([name, values]) => `${name}=${this.pick(values)}`).join(", ");
  }
}
