/** One command's run. */
import type { AnalyzeOptions, Engine } from "../client.ts";
import type { Report } from "../report.ts";
import { byCaller, insteadOf } from "../sources/callers.ts";
import type { Command } from "./options.ts";
import { jobOf, type Job } from "./request.ts";

/** Cells of a notebook that may stop a run before nothing of it is analyzed. */
const MOST_STOPS = 3;

/** The run that the command asks for; of a notebook that a cell stops, what comes before that cell; of a file that others call, the script that does. */
export async function runOf(
  engine: Engine,
  command: Command,
  asked: AnalyzeOptions,
): Promise<{ job: Job; found: Report; options: AnalyzeOptions }> {
  const whole = await jobOf(command);
  const options = { ...asked, door: whole.door };
  const first = await engine.analyze(whole.request, options);
  let [job, found] = [whole, first];
  for (let tries = 0; !found.subject && tries < MOST_STOPS; tries++) {
    const before = await job.before?.(found);
    if (!before) break;
    [job, found] = [before, await engine.analyze(before.request, options)];
  }
  if (found.subject) return { job, found, options };
  const caller =
    command.wishes.entry === undefined &&
    (await byCaller(first, async (file) => {
      const job = await jobOf({ ...command, file });
      const options = { ...asked, door: job.door };
      const found = insteadOf(whole.request.file, await engine.analyze(job.request, options));
      return found && { job, found, options };
    }));
  return caller || { job: whole, found: first, options };
}
