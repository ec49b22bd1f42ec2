import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { launchBrowser } from "./support/browser.ts";
import { ROOT } from "./support/host.ts";

const SCRIPT = path.join(ROOT, "test/support/start.mjs");

/** Runs `npm start` without a screen until it prints its address. */
function start(args: readonly string[]): {
  address: Promise<string>;
  stop: () => Promise<number | null>;
} {
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd: ROOT });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let text = "";
  const address = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const found = /^ {2}(http:\S+)$/m.exec(text)?.[1];
        if (found) resolve(found);
      });
    void ended.then((code) => reject(new Error(`exit code ${code}:\n${text}`)));
  });
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return ended;
  };
  return { address, stop };
}

describe("npm start", () => {
  it("prints the address of a VS Code with Chainrule on the sample", async function () {
    this.timeout(300_000);
    const started = start(["--browser"]);
    const address = await started.address;
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(address);
      await page.locator(".tab.active", { hasText: "sample.py" }).waitFor();
      await page.locator('.activitybar a[aria-label^="Chainrule"]').waitFor();
      await page.locator(".codelens-decoration").first().waitFor();
    } finally {
      await browser.close();
      assert.equal(await started.stop(), 0);
    }
  });

  it("says which file it cannot find", async () => {
    const started = start(["no/such/file.py"]);
    await assert.rejects(started.address, /exit code 2:\nno such file: .*no\/such\/file\.py/);
  });
});
