import type { Op } from "../op.ts";
import { attentions } from "./attention.ts";
import { binaries } from "./binary.ts";
import { convolutions } from "./conv.ts";
import { elementwise } from "./elementwise.ts";
import { factorisations } from "./factor.ts";
import { transforms } from "./fourier.ts";
import { indexing } from "./indexing.ts";
import { products } from "./matmul.ts";
import { movement } from "./movement.ts";
import { lanes } from "./lanes.ts";
import { norms } from "./norm.ts";
import { pools } from "./pool.ts";
import { recurrences } from "./recurrent.ts";
import { reductions } from "./reduce.ts";
import { scatterReductions } from "./scatterReduce.ts";
import { specials } from "./special.ts";
import { sampling } from "./sample.ts";
import { views } from "./views.ts";

/** The op table: one definition per op, by name. */
export const ops: ReadonlyMap<string, Op> = new Map(
  [
    elementwise,
    binaries,
    reductions,
    lanes,
    views,
    movement,
    products,
    attentions,
    convolutions,
    pools,
    norms,
    indexing,
    sampling,
    recurrences,
    factorisations,
    transforms,
    specials,
    scatterReductions,
  ]
    .flat()
    .map((op) => [op.name, op]),
);
