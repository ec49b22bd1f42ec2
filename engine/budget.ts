import type { Budget } from "./protocol.ts";
import type { Said } from "./report.ts";
import { said } from "./said.ts";

/** What a run may take where nobody said otherwise. WASM memory ends at 4 GiB; Python and the kernels have the rest. */
export const DEFAULT_BUDGET: Budget = { ms: 60_000, bytes: 3.5 * 2 ** 30 };

/** Where memory is plentiful a run may take more, half of what is available: its client ends it at twice its bytes, before the machine swaps. */
const MOST_BYTES = 8 * 2 ** 30;
export const bytesOf = (available: number): number =>
  Math.min(MOST_BYTES, Math.max(DEFAULT_BUDGET.bytes, available / 2));

/** Of them within WebAssembly's memory, which holds 4 GiB and falls to pieces as it fills; the others lie in buffers outside (kernels/cold.ts). */
export const WARM_BYTES = 3.5 * 2 ** 30;

/** What a forward pass asks for: arithmetic, and bytes of results in float32. */
export interface Load {
  readonly flops: number;
  readonly bytes: number;
}

/** Share of the time that one measured run may take: finding it, and telling zeros apart by further runs, have the rest. */
const RUN_SHARE = 0.4;
/** Forward and backward. */
const PASSES = 3;
const FLOPS_PER_SECOND = 1.5e10; // what two cores reach in convolutions at the least
/** The rest of the bytes is for what lives beside the tape: cotangents, unfolded images. */
const BYTES_SHARE = 0.6;

/** Of a parameter in float32: its value and its gradient. */
export const HELD_BYTES = 8;

/**
 * The heaviest forward pass that fits a budget, for a model of `elements` parameters: their values and gradients are there too. Longer than
 * the default time nobody waits, even where a budget allows it.
 */
export function heaviest(budget: Budget, elements: number, isDouble: boolean): Load {
  const seconds = Math.min(budget.ms, DEFAULT_BUDGET.ms) / 1000;
  const width = isDouble ? 2 : 1;
  return {
    flops: (RUN_SHARE * seconds * FLOPS_PER_SECOND) / PASSES,
    bytes: Math.max(0, (BYTES_SHARE * budget.bytes) / width - HELD_BYTES * elements),
  };
}

/** Does a pass of this load fit, with `slack` times as much allowed? */
export const isWithin = (load: Load, most: Load, slack = 1): boolean =>
  load.flops <= slack * most.flops && load.bytes <= slack * most.bytes;

/** `2.4 GFLOP and 310 MiB`, as a reader is told of it. */
export const loadText = ({ flops, bytes }: Load): Said =>
  said`${rounded(flops / 1e9)} GFLOP and ${bytesText(bytes)}`;
export const bytesText = (bytes: number): string => `${rounded(bytes / 2 ** 20)} MiB`;

/** Two digits, or all before the point. */
const rounded = (x: number): string => (x >= 10 ? x.toFixed(0) : String(Number(x.toPrecision(2))));
