import assert from "node:assert/strict";
import type { Page } from "playwright-core";

import type { PanelState } from "../../../webview/protocol.ts";
import { Stage } from "./page.ts";
import type { Options } from "./page.ts";

/**
 * A stage for the `describe` around the call. Result: shows a state on a page of its own, which must be without a
 * fault when its test ends.
 */
export function staged(): (state: PanelState, options?: Options) => Promise<Page> {
  let stage: Stage;
  let page: Page | undefined;
  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage.close());
  afterEach(async () => {
    const violations = await page?.evaluate(() => window.host.violations);
    await page?.context().close();
    page = undefined;
    assert.deepEqual([...(violations ?? []), ...stage.errors.splice(0)], []);
  });
  return async (state, options) => (page = await stage.show(state, options));
}
