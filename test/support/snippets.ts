/** The same Python under PyTorch and under Chainrule: what a function of a snippet file answers to JSON. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { startAnalyst } from "./analyst.ts";
import { relative } from "./allclose.ts";
import { Witness } from "./witness.ts";

const FOLDER = fileURLToPath(new URL("../parity/snippets", import.meta.url));
const MARK = "ANSWER ";

const sourceOf = (file: string): string => readFileSync(`${FOLDER}/${file}`, "utf8");

export class Snippets {
  readonly #witness = new Witness();
  readonly #analyst = startAnalyst();

  start(): Promise<void> {
    return this.#witness.start();
  }

  async stop(): Promise<void> {
    await this.#analyst.stop();
    await this.#witness.stop();
  }

  /** `evaluate(data)` of snippets/FILE on both sides. */
  async both(file: string, data: unknown): Promise<{ ours: unknown; theirs: unknown }> {
    const theirs = this.theirs(file, data);
    return { ours: await this.ours(file, data), theirs: await theirs };
  }

  /** `evaluate(data)` of snippets/FILE under PyTorch. */
  theirs(file: string, data: unknown): Promise<unknown> {
    const code = `${sourceOf(file)}\nresult = evaluate(data)`;
    return this.#witness.ask({ verb: "eval", code, data });
  }

  /** `evaluate(data)` of snippets/FILE under Chainrule; its answer stands in the log, so it must be short. */
  async ours(file: string, data: unknown): Promise<unknown> {
    const tail = `import json\nprint(${JSON.stringify(MARK)} + json.dumps(evaluate(json.load(open("data.json")))))`;
    const sources = {
      "snippet.py": `${sourceOf(file)}\n${tail}\n`,
      "data.json": JSON.stringify(data),
    };
    const report = await this.#analyst.analyze({ file: "snippet.py", sources, roots: [] });
    const line = report.log.split("\n").find((text) => text.startsWith(MARK));
    const why = report.findings.map((f) => f.message).join("\n");
    assert.ok(line, `no answer: ${report.log.slice(0, 2000)}\n${why}`);
    return JSON.parse(line.slice(MARK.length)) as unknown;
  }
}

const NUMBER = /^-?(\d+(\.\d*)?(e[+-]?\d+)?|inf|nan)$/;
const asNumber = (text: string): number =>
  text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text);

/**
 * The first place where two answers differ, or null. Texts that are floats agree within `tolerance`, relative,
 * or absolute below 1; everything else must be equal.
 */
export function unlike(ours: unknown, theirs: unknown, tolerance: number, at = ""): string | null {
  if (typeof ours === "string" && typeof theirs === "string") {
    if (ours === theirs) return null;
    if (!NUMBER.test(ours) || !NUMBER.test(theirs)) return `${at}: ${ours}, PyTorch has ${theirs}`;
    const [a, b] = [asNumber(ours), asNumber(theirs)];
    const off = Math.min(Math.abs(a - b), relative(a, b));
    return off <= tolerance ? null : `${at}: ${ours}, PyTorch has ${theirs}`;
  }
  if (ours !== null && theirs !== null && typeof ours === "object" && typeof theirs === "object") {
    const [a, b] = [ours as Record<string, unknown>, theirs as Record<string, unknown>];
    for (const key of new Set([...Object.keys(b), ...Object.keys(a)])) {
      const found = unlike(a[key], b[key], tolerance, `${at}.${key}`);
      if (found) return found;
    }
    return null;
  }
  if (ours === theirs) return null;
  return `${at}: ${JSON.stringify(ours)}, PyTorch has ${JSON.stringify(theirs)}`;
}
