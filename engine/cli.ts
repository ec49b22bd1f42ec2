/** The `chainrule` command: the engine in a terminal. Exit codes: see `--help`. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Engine, EngineError, pytorchScript } from "./client.ts";
import { HELP, readCommand, type Command } from "./cli/options.ts";
import { cacheFolder, slashed } from "./cli/disk.ts";
import type { Job } from "./cli/request.ts";
import { runOf } from "./cli/run.ts";
import { painter, reportText } from "./cli/table.ts";
import type { Report } from "./report.ts";

const COULD_NOT_RUN = 2;
const INTERRUPTED = 130; // 128 + SIGINT, as shells have it

/** 0 without findings, 1 with; information is no finding here. */
function codeOf(report: Report): number {
  if (report.subject === null) return COULD_NOT_RUN;
  return report.findings.some(({ severity }) => severity !== "information") ? 1 : 0;
}

const version = (): string => {
  const text = readFileSync(join(import.meta.dirname, "../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
};

/** Ends only when the text is out: a pipe takes it in parts, and `process.exit` would cut it. */
const print = (text: string, to: NodeJS.WriteStream = process.stdout): Promise<void> =>
  new Promise((resolve, reject) =>
    to.write(`${text}\n`, (error) => {
      if (error && !isClosed(error)) reject(notWritten("the result", error));
      else resolve();
    }),
  );
/** Where nobody can be told the exit code says it. */
const complain = (text: string): Promise<void> =>
  print(`chainrule: ${text}`, process.stderr).catch(() => undefined);

/** `chainrule … | head` closes the pipe early: that is no error. */
const isClosed = (error: Error): boolean => (error as NodeJS.ErrnoException).code === "EPIPE";

const notWritten = (what: string, cause: Error): EngineError =>
  new EngineError("not-written", `${what} cannot be written: ${cause.message}`, { cause });

/** Writes the script, or prints it. */
async function exportScript(
  { output }: Command,
  { request }: Job,
  report: Report,
): Promise<number> {
  if (!report.subject) {
    const why = report.findings[0]?.message ?? "nothing was run";
    await complain(`there is no run that a script could repeat: ${why}`);
    return COULD_NOT_RUN;
  }
  const path = output === undefined ? undefined : resolve(output);
  const folder = slashed(path === undefined ? process.cwd() : dirname(path));
  const text = await pytorchScript(import.meta.dirname, request, report, folder);
  if (path === undefined) await print(text.trimEnd());
  else
    await writeFile(path, text).catch((error: unknown) => {
      throw notWritten(path, error as Error);
    });
  return 0;
}

async function analyze(command: Command): Promise<number> {
  const start = performance.now();
  const engine = new Engine({
    dir: import.meta.dirname,
    spare: false,
    cache: cacheFolder(),
    wide: true,
  });
  const cancel = new AbortController();
  process.once("SIGINT", () => cancel.abort());
  const isLive = process.stderr.isTTY;
  const say = (text: string): void => {
    if (isLive) process.stderr.write(`\r\u001b[K${text}`);
  };
  try {
    // The worker boots while the sources are read.
    await engine.begin();
    const { job, found, options } = await runOf(engine, command, {
      signal: cancel.signal,
      onProgress: (phase: string, detail: string) => say(`${phase} ${detail}`),
    });
    if (command.kind === "export-script") {
      say("");
      return await exportScript(command, job, found);
    }
    const { request, told } = job;
    const report = told(command.fixes ? await engine.fixes(request, found, options) : found);
    say("");
    const isColoured = process.stdout.isTTY && !process.env["NO_COLOR"];
    const wallMs = performance.now() - start;
    await print(
      command.json
        ? JSON.stringify(report)
        : reportText(report, process.cwd(), painter(isColoured), wallMs),
    );
    await engine.keepCode();
    return codeOf(report);
  } catch (error) {
    say("");
    if (!(error instanceof EngineError)) throw error;
    await complain(error.message);
    return error.code === "cancelled" ? INTERRUPTED : COULD_NOT_RUN;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  if (command.kind === "analyze" || command.kind === "export-script") return analyze(command);
  await print(command.kind === "help" ? HELP.trimEnd() : version());
  return 0;
}

// Who prints is told of all else.
process.stdout.on("error", (error: Error) => {
  if (isClosed(error)) process.exit();
});
process.stderr.on("error", () => undefined);

const exitCode = await main(process.argv.slice(2)).catch(async (error: unknown) => {
  await complain(error instanceof EngineError ? error.message : String((error as Error).stack));
  return COULD_NOT_RUN;
});
// All is printed. A process that ends takes its threads and their memory with it at once; ending them one by one takes some 20 ms more.
process.exit(exitCode);
