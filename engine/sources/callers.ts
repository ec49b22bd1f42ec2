/** Scripts that call a file which runs nothing by itself: what is run in its place. */
import { EngineError } from "../errors.ts";
import type { Report } from "../report.ts";
import { inWhy, said } from "../said.ts";

/** The scripts to run instead, the likeliest first; none where something ran. */
const callersIn = ({ subject, findings }: Report): readonly string[] =>
  findings
    .filter(({ code }) => code === "no-subject" && !subject)
    .flatMap(({ related = [] }) => related.map(({ at }) => at.file));

/** A caller's report as that of `file`; undefined where it did not train as a script. */
export function insteadOf(file: string, { subject, ...report }: Report): Report | undefined {
  if (subject?.from !== "script") return undefined;
  const name = file.slice(file.lastIndexOf("/") + 1);
  const why = inWhy(said`${name} trains what others give it, and this calls it`);
  const choice = { what: "subject", value: subject.call, ...why };
  return { ...report, subject: { ...subject, choices: [choice, ...subject.choices] } };
}

/** What `run` makes of the first caller that it makes something of. Whatever else fails there, or takes too long, leaves the report as it is. */
export async function byCaller<T>(
  report: Report,
  run: (path: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    for (const path of callersIn(report)) {
      const made = await run(path);
      if (made) return made;
    }
  } catch (error) {
    if (error instanceof EngineError && error.code === "cancelled") throw error;
  }
  return undefined;
}
