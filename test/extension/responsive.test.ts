/** The extension host's thread stays free while a real model is measured. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import * as vscode from "vscode";
import { analyze } from "./editor.ts";

/** Where Debian puts python3-torchvision. */
const RESNET = "/usr/lib/python3/dist-packages/torchvision/models/resnet.py";
const MOST_MS = 200;

/** A thread that does nothing, and says how long it was held up: what the machine itself is late. */
const IDLE = `
const { monitorEventLoopDelay } = require("node:perf_hooks");
const { parentPort } = require("node:worker_threads");
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
parentPort.once("message", () => parentPort.postMessage(delay.max / 1e6));
parentPort.postMessage("ready");
`;

describe("the editor while torchvision's resnet18 is measured", () => {
  for (const run of ["first", "second"]) {
    it(`is never held up: ${run} run`, async function () {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.file(RESNET));
      await vscode.window.showTextDocument(document);
      const idle = new Worker(IDLE, { eval: true });
      await once(idle, "message");
      const delay = monitorEventLoopDelay({ resolution: 10 });
      delay.enable();
      const report = await analyze(document.uri, "resnet18");
      delay.disable();
      idle.postMessage("end");
      const [machine] = (await once(idle, "message")) as [number];
      await idle.terminate();
      const longest = delay.max / 1e6;
      const figures = `${longest.toFixed(0)} ms, an idle thread ${machine.toFixed(0)} ms`;
      if (this.test) this.test.title += `, at most ${figures}`;
      assert.equal(report?.parameters.length, 62);
      assert.ok(longest - machine < MOST_MS, figures);
    });
  }
});
