/** Each way out of the room, tried from Python in the real worker: every one is refused or ends the worker. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { Engine, EngineError } from "../../engine/client.ts";
import { DIST, runFile } from "./room.ts";

const ATTEMPTS = readFileSync(new URL("escapes.py", import.meta.url), "utf8");
const NAMES = [...ATTEMPTS.matchAll(/^@attempt\ndef (\w+)/gm)].map(([, name]) => String(name));
/** All that the room's root folder and environment may show. */
const ROOT = ["tmp", "home", "dev", "proc", "lib", "work"];
const ENVIRONMENT = [
  ...["USER", "LOGNAME", "PATH", "PWD", "HOME", "LANG", "_"],
  ...["PYTHONHASHSEED", "PYTHONINSPECT", "LD_LIBRARY_PATH"],
];

describe("escapes", () => {
  const engine = new Engine({ dir: DIST });
  let server: Server;
  let reached = 0;
  before(async () => {
    process.env["CHAINRULE_SECRET"] = "not for the room";
    server = createServer((socket) => {
      reached++;
      socket.end("in");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    server.close();
    await engine.dispose();
  });

  for (const name of NAMES) {
    it(`refuses ${name}`, async () => {
      const { port } = server.address() as AddressInfo;
      const head = { CHOSEN: name, PORT: port, ROOT, ENVIRONMENT };
      const lines = Object.entries(head).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
      let outcome: string;
      try {
        outcome = (await runFile(engine, `${lines.join("\n")}\n${ATTEMPTS}`)).log;
      } catch (error) {
        assert.ok(error instanceof EngineError, String(error));
        outcome = `${error.code}: ${error.message}`;
      }
      assert.match(outcome, /^REFUSED |^worker-died: the Python interpreter died/m);
      assert.doesNotMatch(outcome, /LOOT|NameError: name '(PORT|ROOT)/);
      assert.equal(reached, 0, "a socket reached the host");
    });
  }
});
