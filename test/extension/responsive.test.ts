/** The extension host's thread stays free while a real model is measured. */
import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import * as vscode from "vscode";
import { analyze } from "./editor.ts";

/** Where Debian puts python3-torchvision. */
const RESNET = "/usr/lib/python3/dist-packages/torchvision/models/resnet.py";
const MOST_MS = 200;

describe("the editor while torchvision's resnet18 is measured", () => {
  for (const run of ["first", "second"]) {
    it(`is never held up: ${run} run`, async function () {
      const uri = vscode.Uri.file(RESNET);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const delay = monitorEventLoopDelay({ resolution: 10 });
      delay.enable();
      const report = await analyze(document.uri, "resnet18");
      delay.disable();
      const longest = delay.max / 1e6;
      if (this.test) this.test.title += `, at most ${longest.toFixed(0)} ms`;
      assert.equal(report?.parameters.length, 62);
      assert.ok(longest < MOST_MS, `${longest.toFixed(0)} ms`);
    });
  }
});
