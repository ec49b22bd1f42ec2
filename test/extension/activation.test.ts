/** First of the suites by its name: the others activate the extension. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { open } from "./editor.ts";

/** Of all the process's threads, on a machine that is busy with other things. */
const MOST_MS = 150;

describe("activation", () => {
  it("waits for a Python file, and takes little", async function () {
    const extension = vscode.extensions.getExtension("chainrule.chainrule");
    assert.ok(extension);
    assert.equal(extension.isActive, false, "active without a Python file");
    const before = process.cpuUsage();
    await extension.activate();
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    if (this.test) this.test.title += `: ${milliseconds.toFixed(0)} ms of the processor`;
    assert.ok(milliseconds < MOST_MS);
    await open("sample.py");
  });
});
