/** A report as a script for the user's own PyTorch: it makes the same run there and prints the same table. */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { EngineError } from "../errors.ts";
import type { AnalyzeRequest } from "../protocol.ts";
import type { Report } from "../report.ts";

const FOLDER = "chainrule/exported/";
/** In the order in which they need one another. */
const PARTS = ["numbers", "layers", "given", "case", "script", "printed"];
const IMPORT = /^(?:import|from [^.\s][\w.]* import) .*$/gm;
const OWN_IMPORT = /^from \.\w+ import .*\n/gm;
const DOCSTRING = /^"""([^]*?)"""\n/;

/** JSON as Python source; no JSON text holds three quotes in a row. */
const loaded = (value: unknown): string => `json.loads(r"""${JSON.stringify(value)}""")`;

/** The parts as one module: each one's docstring a comment, all imports at the top. */
function joined(texts: readonly string[]): { readonly imports: string; readonly body: string } {
  const imports = new Set(texts.flatMap((text) => text.match(IMPORT) ?? []));
  const bodies = texts.map((text) =>
    text
      .replace(DOCSTRING, (_, words: string) => `# ${words.trim().replaceAll("\n", "\n# ")}\n`)
      .replace(OWN_IMPORT, "")
      .replace(IMPORT, "")
      .replace(/\n{4,}/g, "\n\n\n")
      .trim(),
  );
  return { imports: [...imports].sort().join("\n"), body: bodies.join("\n\n\n") };
}

/** What Chainrule measured: norms of the gradients, to stand beside PyTorch's. */
function expectedOf({ loss, parameters, layers, steps }: Report) {
  const counts = new Map<string, number>();
  return {
    loss,
    parameters: parameters.map(({ name, grad, gradIsStructurallyZero: isNoise }) => ({
      name,
      grad: grad?.l2 ?? null,
      ...(isNoise && { isNoise }),
    })),
    layers: layers.map(({ path, type, functional, outputGrad }) => {
      const key = `${path} ${type}`;
      const nth = counts.get(key) ?? 0;
      counts.set(key, nth + 1);
      return { path, type, functional, nth, grad: outputGrad?.l2 ?? null };
    }),
    steps: (steps ?? []).map(({ loss, gradNorm }) => ({ loss, gradNorm })),
  };
}

const placeOf = ({ file, startLine }: { readonly file: string; readonly startLine: number }) =>
  `${posix.basename(file)}:${startLine}`;

/**
 * Python source that needs torch alone, and what the user's file imports. `dir`: the engine's built files; `folder`: where the script
 * will stand, whence it looks for the file. Throws EngineError `no-run` where the report has no run.
 */
export async function pytorchScript(
  dir: string,
  request: Pick<AnalyzeRequest, "file" | "sources" | "roots" | "outer">,
  report: Report,
  folder: string,
): Promise<string> {
  const { subject, settings } = report;
  if (!subject) throw new EngineError("no-run", "nothing was run that a script could repeat");
  const packed = await readFile(join(dir, "site-packages.json"), "utf8");
  const files = JSON.parse(packed) as Readonly<Record<string, string>>;
  const { imports, body } = joined(PARTS.map((name) => files[`${FOLDER}${name}.py`] ?? ""));
  const { file } = request;
  const isFile = file.endsWith(".py") && !file.endsWith(".ipynb.py");
  const near = posix.relative(folder, file);
  const name = posix.basename(file);
  const roots = [...request.roots, ...(request.outer ?? [])].map(
    (root) => posix.relative(posix.dirname(file), root) || ".",
  );
  const findings = report.findings.map(({ code, at, message, layers }) => ({
    code,
    place: placeOf(at),
    message,
    layers,
  }));
  const replaced = report.replaced.map(({ what, by }) => `# Chainrule replaced ${what}: ${by}`);
  return [
    `"""`,
    `The gradients of ${subject.call} in ${name} under your own PyTorch, beside Chainrule's.`,
    "",
    `    python THIS_SCRIPT [path of ${name}] [--json]`,
    "",
    `Needs torch, and what ${name} imports.`,
    `"""`,
    imports,
    "",
    `FILE = ${JSON.stringify(near)}  # from this script's folder`,
    `SOURCE = ${isFile ? "None" : `json.loads(r"""${JSON.stringify(request.sources[file] ?? "")}""")`}`,
    `ROOTS = ${JSON.stringify(roots)}  # folders that it imports from, from its own`,
    `DTYPE = ${JSON.stringify(settings.dtype)}`,
    `CASE = ${loaded({ ...subject.case, ...(settings.optimizer && { optimizer: settings.optimizer }) })}`,
    ...replaced.map((line) => line.replaceAll("\n", " ")),
    `EXPECTED = ${loaded(expectedOf(report))}`,
    `FINDINGS = ${loaded(findings)}`,
    "",
    "",
    body,
    "",
  ].join("\n");
}
