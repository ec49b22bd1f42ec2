/**
 * npm run sick -- [--only NAME,…]
 * The bench of sick models (test/rules/sick/*.py): each has one known trouble, marked by carets under the code where it must be
 * found. Prints what was found, the best fix that was tried, and whether it cures: by the engine's numbers, and by real PyTorch's,
 * which runs the file before and after and is judged by the same rules, or has the engine's numbers where a rule reads none. Exit code 1 below the wanted shares.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Engine } from "../engine/client.ts";
import { edited } from "../engine/fixes/apply.ts";
import { expectations, placed } from "./support/fixture.ts";
import { judgedByPyTorch, raised, testified } from "./support/testimony.ts";
import { Witness } from "./support/witness.ts";

const FOLDER = fileURLToPath(new URL("rules/sick/", import.meta.url));
const SAME = 1e-3; // relative: a loss or a gradient's norm in float32
const NOISE = 1e-6; // of the largest gradient: what float32 leaves of a gradient that is zero by construction
/** Shares of the models with the right code at the right place, and of those with a warning or error that an offered fix cures. */
const WANTED = { found: 0.9, cured: 0.8 };

const { values } = parseArgs({ options: { only: { type: "string" } } });
const only = values.only?.split(",");
const names = readdirSync(FOLDER).filter(
  (name) => name.endsWith(".py") && (!only || only.includes(name.slice(0, -3))),
);
const engine = new Engine({ dir: fileURLToPath(new URL("../dist/", import.meta.url)) });
const witness = new Witness();
await witness.start();

/** Codes that count, of findings. */
const troubles = (findings) =>
  new Set(findings.filter((f) => f.severity !== "information").map((f) => f.code));
/** What PyTorch's own numbers say of a run, and whether they are the engine's; the reason where PyTorch does not make it. */
const testimony = async (request, report) => {
  try {
    const theirs = await testified(witness, request, report);
    return {
      troubles: troubles(judgedByPyTorch(theirs)),
      isSame: areSame(report, theirs),
      report: theirs,
    };
  } catch (error) {
    return String(error.message).split("\n")[0];
  }
};
const near = (a, b, noise = 0) =>
  Object.is(a, b) || Math.abs(a - b) <= Math.max(SAME * Math.abs(b), noise);
const areSame = (ours, theirs) => {
  const noise = NOISE * Math.max(...theirs.parameters.map((p) => p.grad?.l2 ?? 0));
  return (
    near(ours.loss, theirs.loss) &&
    ours.parameters.length === theirs.parameters.length &&
    ours.parameters.every((p, i) => near(p.grad?.l2, theirs.parameters[i].grad?.l2, noise))
  );
};
const haveSameSteps = (a, b) =>
  a.steps?.length === b.steps?.length &&
  (a.steps ?? []).every(({ loss }, i) => near(loss, b.steps[i].loss));

const doubtOf = (before, then, isSick) => {
  if (!isSick(before.troubles)) return "not sick in the first place";
  return isSick(then.troubles) ? "still sick" : "";
};
const endsOf = async (name, ...sources) =>
  Promise.all(sources.map((source) => raised(witness, name, source)));
function doubtOfEnds(findings, [before, then]) {
  const isRaised = before !== "" && findings.some(({ message }) => message.startsWith(before));
  if (!isRaised) return `PyTorch says ${before || "nothing"}`;
  return then;
}
function differing(before, then) {
  if (!before.isSame || !then.isSame) return "other numbers";
  const isSame = areSame(before.report, then.report) && haveSameSteps(before.report, then.report);
  return isSame ? "the numbers stay" : "";
}

const rows = [];
for (const name of names) {
  const source = readFileSync(join(FOLDER, name), "utf8");
  const request = { file: name, sources: { [name]: source }, roots: [] };
  const report = await engine.fixes(request, await engine.analyze(request));
  const found = placed(report.findings, source).map((place) => JSON.stringify(place));
  const wanted = expectations(source);
  const isFound = wanted.every((place) => found.includes(JSON.stringify(place)));
  const codes = new Set(wanted.map(({ code }) => code));
  const own = report.findings.filter((finding) => codes.has(finding.code));
  const isCurable = own.some((finding) => finding.severity !== "information");
  const best = own.flatMap((finding) => finding.fixes)[0];
  const isSick = (has) => [...codes].some((code) => has.has(code));
  // An offered fix may only better the number: cured is what is not found again.
  const row = { name, isFound, isCurable, isCured: false, isWitnessed: false };
  let doubt = "";
  if (best) {
    const cured = { ...request, sources: { [name]: edited(source, best.edits) } };
    const after = await engine.analyze(cured);
    row.isCured = !isSick(troubles(after.findings));
    const [before, then] = [await testimony(request, report), await testimony(cured, after)];
    const refusal = [before, then].find((said) => typeof said === "string");
    // Nothing was measured, since an exception ends the script: PyTorch must raise it too, and no more then.
    const ends = report.subject ? null : await endsOf(name, source, cured.sources[name]);
    // What a rule read from the graph (shapes that cross, weights that nobody holds) no report's number shows: there PyTorch
    // bears the engine out where it has the same loss and gradients before and after, and the fix changes them.
    const isInNumbers = isSick(troubles(judgedByPyTorch(report)));
    doubt = ends
      ? doubtOfEnds(own, ends)
      : (refusal ?? (isInNumbers ? doubtOf(before, then, isSick) : differing(before, then)));
    row.isWitnessed = doubt === "";
  }
  rows.push(row);
  const others = report.findings.filter(({ code }) => !codes.has(code)).map(({ code }) => code);
  const verdict = best
    ? `  ${row.isCured ? "cured" : "NOT CURED"}, PyTorch: ${row.isWitnessed ? "cured" : `NOT CURED (${doubt})`}`
    : "";
  console.log(
    `${isFound ? "found " : "MISSED"} ${name.padEnd(36)} ${[...codes].join(", ").padEnd(22)} ${best?.title ?? (isCurable ? "NO FIX" : "-")}${verdict}` +
      (others.length > 0 ? `  [also ${[...new Set(others)].join(", ")}]` : "") +
      (isFound ? "" : `\n       found instead: ${found.join(" ") || "nothing"}`),
  );
}
await witness.stop();
await engine.dispose();
const share = (part, of) => (of.length === 0 ? 1 : part.length / of.length);
const curable = rows.filter((row) => row.isCurable);
const shares = {
  found: share(
    rows.filter((row) => row.isFound),
    rows,
  ),
  cured: share(
    curable.filter((row) => row.isCured && row.isWitnessed),
    curable,
  ),
};
console.log(
  `${rows.filter((row) => row.isFound).length} of ${rows.length} found on the right place, ` +
    `${curable.filter((row) => row.isCured).length} of ${curable.length} with a fix that cures, ` +
    `${curable.filter((row) => row.isCured && row.isWitnessed).length} by PyTorch's numbers too`,
);
process.exit(shares.found >= WANTED.found && shares.cured >= WANTED.cured ? 0 : 1);
