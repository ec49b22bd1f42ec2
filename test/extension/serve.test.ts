import assert from "node:assert/strict";
import * as vscode from "vscode";
import { Analysis } from "../../extension/analysis.ts";
import { answer, handlers } from "../../extension/serve.ts";
import { Shown } from "../../extension/shown.ts";
import { open } from "./editor.ts";

describe("answers to the panel", () => {
  const analysis = new Analysis({ dir: "unused: nothing is run here" });
  const shown = new Shown(analysis);
  const started: string[] = [];
  const serve = handlers(
    shown,
    {
      start: (document) => {
        started.push(document.uri.fsPath);
      },
      cancel: () => undefined,
      choose: () => undefined,
      sample: () => Promise.resolve(),
      compare: () => true,
      set: () => Promise.resolve(),
      save: () => new Promise(() => undefined),
    },
    () => ({ status: "empty", target: null }),
  );

  after(async () => {
    shown.dispose();
    await analysis.dispose();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("give the whole state to a fresh panel", async () => {
    const reply = await answer(serve, { id: 1, method: "ready" });
    assert.deepEqual(reply, { id: 1, ok: true, result: { status: "empty", target: null } });
  });

  it("refuse with a sentence what cannot be done", async () => {
    const params = { target: "row", id: "x", focus: false };
    const reply = await answer(serve, { id: 2, method: "reveal", params });
    assert.ok(reply && !reply.ok);
    assert.deepEqual([reply.code, reply.message], ["refused", "Nothing has been analyzed yet"]);
  });

  it("refuse unknown methods, those that every object has too", async () => {
    for (const method of ["explode", "toString", "__proto__"]) {
      assert.equal((await answer(serve, { id: 3, method }))?.ok, false, method);
    }
  });

  it("do not wait for a dialog", async () => {
    await open("any.py", "x = 1\n");
    const params = { kind: "svg", content: "<svg/>" };
    assert.equal((await answer(serve, { id: 5, method: "save", params }))?.ok, true);
  });

  it("ignore what is no request", async () => {
    for (const message of [null, "ready", {}, { id: "1", method: "ready" }, { id: 1 }]) {
      assert.equal(await answer(serve, message), undefined);
    }
  });

  it("run the active Python file", async () => {
    const { document } = await open("any.py", "x = 1\n");
    assert.equal((await answer(serve, { id: 4, method: "run" }))?.ok, true);
    assert.deepEqual(started, [document.fileName]);
  });
});
