/** First of the suites by its name: the others activate the extension. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { open } from "./editor.ts";

describe("activation", () => {
  it("waits for a Python file, and takes little", async function () {
    const extension = vscode.extensions.getExtension("chainrule.chainrule");
    assert.ok(extension);
    assert.equal(extension.isActive, false, "active without a Python file");
    const start = performance.now();
    await extension.activate();
    const milliseconds = performance.now() - start;
    if (this.test) this.test.title += `: ${milliseconds.toFixed(0)} ms`;
    await open("sample.py");
  });
});
