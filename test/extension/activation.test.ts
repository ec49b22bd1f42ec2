/** First of the suites by its name: the others activate the extension. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { open } from "./editor.ts";

describe("activation", () => {
  it("waits for a Python file", async () => {
    const extension = vscode.extensions.getExtension("chainrule.chainrule");
    assert.ok(extension);
    assert.equal(extension.isActive, false, "active without a Python file");
    await extension.activate();
    await open("sample.py");
  });
});
