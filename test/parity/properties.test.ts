/**
 * Programs drawn by properties/: the same under PyTorch and under Chainrule, or the same error. CHAINRULE_SEED draws others,
 * CHAINRULE_RUNS so many times as many; `npm run hunt` does both and prints more.
 */
import assert from "node:assert/strict";
import { Snippets } from "../support/snippets.ts";
import { FAMILIES } from "./properties/families.ts";
import { hunt, type Counterexample } from "./properties/hunt.ts";
import type { Property } from "./properties/property.ts";
import { RUNS, SEED } from "./properties/settings.ts";

const seed = Number(process.env["CHAINRULE_SEED"] ?? SEED);
const runs = Math.ceil(RUNS * Number(process.env["CHAINRULE_RUNS"] ?? 1));

describe(`properties under PyTorch and under Chainrule, seed ${seed}`, function () {
  this.timeout(600_000);
  const snippets = new Snippets();
  before(() => snippets.start());
  after(() => snippets.stop());

  for (const [family, properties] of Object.entries(FAMILIES)) {
    describe(family, () => {
      let found: ReadonlyMap<Property, Counterexample> = new Map();
      before(async () => {
        // What Chainrule lacks it says by name; a wrong answer it may not give.
        found = await hunt(snippets, properties, { seed, runs, ignored: /^unsupported/ });
      });

      for (const property of properties) {
        it(property.name, () => {
          const counterexample = found.get(property);
          const { program, difference } = counterexample ?? { program: "", difference: "" };
          assert.ok(!counterexample, `${program}\n  ${difference}`);
        });
      }
    });
  }
});
