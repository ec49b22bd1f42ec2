/** Every property, by family. */
import { CONVOLUTION, POOLING } from "./convolution.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { INDEXING } from "./indexing.ts";
import { IN_PLACE } from "./inplace.ts";
import { ACTIVATIONS, EMBEDDING, NORMALIZATION } from "./layers.ts";
import { LOSSES } from "./losses.ts";
import { DRAWS, MAKING } from "./making.ts";
import { MOVEMENT } from "./movement.ts";
import { PRODUCTS } from "./products.ts";
import type { Property } from "./property.ts";
import { RECURRENT } from "./recurrent.ts";
import { REDUCTIONS } from "./reductions.ts";
import { RESAMPLING } from "./resampling.ts";
import { SPARSE } from "./sparse.ts";
import { TRAINING } from "./training.ts";

export const FAMILIES: Readonly<Record<string, readonly Property[]>> = {
  elementwise: ELEMENTWISE,
  reductions: REDUCTIONS,
  movement: MOVEMENT,
  indexing: INDEXING,
  inplace: IN_PLACE,
  products: PRODUCTS,
  convolution: CONVOLUTION,
  pooling: POOLING,
  normalization: NORMALIZATION,
  activations: ACTIVATIONS,
  embedding: EMBEDDING,
  losses: LOSSES,
  resampling: RESAMPLING,
  recurrent: RECURRENT,
  sparse: SPARSE,
  training: TRAINING,
  making: MAKING,
  draws: DRAWS,
};
