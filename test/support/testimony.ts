/** A report with PyTorch's numbers in place of the engine's: what the rules make of those is PyTorch's verdict. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pytorchScript } from "../../engine/client.ts";
import { evidenceOf } from "../../engine/fixes/try.ts";
import type { AnalyzeRequest } from "../../engine/protocol.ts";
import type { Finding, Layer, Parameter, Report } from "../../engine/report.ts";
import { judgeAll } from "../../engine/rules/index.ts";
import { DIST } from "./parity.ts";
import type { Witness } from "./witness.ts";

/** What an exported script says with `--json`. */
export interface Testified {
  readonly loss: number | null;
  readonly parameters: readonly Pick<Parameter, "name" | "value" | "grad" | "updateRatio">[];
  readonly layers: readonly (Pick<
    Layer,
    "path" | "type" | "outputShape" | "output" | "outputGrad" | "inputGrad"
  > & { readonly difference: number | null })[];
  readonly steps?: Report["steps"];
}

const CODE = [
  "import contextlib, io, json, runpy, sys",
  "sys.argv = [data, '--json']",
  "text = io.StringIO()",
  "with contextlib.redirect_stdout(text):",
  "    runpy.run_path(data, run_name='__main__')",
  "result = text.getvalue().splitlines()[-1]",
].join("\n");

/** The report of one file's run as PyTorch has it. Throws where PyTorch measures other layers or parameters than the engine did. */
export const testified = async (
  witness: Witness,
  request: Pick<AnalyzeRequest, "file" | "sources">,
  report: Report,
): Promise<Report> => merged(report, await testimony(witness, request, report));

/** What PyTorch measures in the run that a report tells of. */
export async function testimony(
  witness: Witness,
  request: Pick<AnalyzeRequest, "file" | "sources">,
  report: Report,
): Promise<Testified> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-testimony-"));
  try {
    writeFileSync(join(folder, request.file), request.sources[request.file] ?? "");
    const script = join(folder, "exported.py");
    writeFileSync(script, await pytorchScript(DIST, { ...request, roots: [] }, report, "."));
    const text = await witness.ask({ verb: "eval", code: CODE, data: script });
    return JSON.parse(String(text)) as Testified;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const AS_SCRIPT = [
  "import contextlib, io, runpy",
  "result = ''",
  "try:",
  "    with contextlib.redirect_stdout(io.StringIO()):",
  "        runpy.run_path(data, run_name='__main__')",
  "except Exception as error:",
  "    result = f'{type(error).__name__}: {error}'",
].join("\n");

/** The exception that ends a script under PyTorch, as `RuntimeError: …`; "" where it runs to its end. */
export async function raised(witness: Witness, name: string, source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-raised-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, source);
    return String(await witness.ask({ verb: "eval", code: AS_SCRIPT, data: file }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function merged(report: Report, said: Testified): Report {
  const named = new Map(said.parameters.map((p) => [p.name, p]));
  const parameters = report.parameters.map((p) => {
    const theirs = named.get(p.name);
    if (!theirs) throw new Error(`PyTorch has no parameter ${p.name}`);
    return {
      ...p,
      value: theirs.value,
      grad: theirs.grad,
      // Of what no optimizer holds there is none.
      ...(p.updateRatio !== undefined && { updateRatio: theirs.updateRatio ?? null }),
    };
  });
  const names = (layers: readonly Pick<Layer, "path" | "type">[]): string =>
    layers.map(({ path, type }) => `${path} ${type}`).join("\n");
  if (names(report.layers) !== names(said.layers)) throw new Error("PyTorch has other layers");
  const layers = report.layers.map((layer, i) => {
    const { output, difference, outputGrad, inputGrad } = said.layers[i]!;
    const { difference: _ours, ...rest } = layer;
    const isRate = inputGrad && outputGrad && inputGrad.rms > 0 && outputGrad.rms > 0;
    return {
      ...rest,
      output,
      ...(difference !== null && { difference }),
      outputGrad,
      inputGrad,
      factor: isRate ? inputGrad.rms / outputGrad.rms : null,
    };
  });
  return {
    ...report,
    loss: said.loss,
    parameters,
    layers,
    ...(said.steps && { steps: said.steps }),
  };
}

/** What the rules find in PyTorch's numbers. */
export const judgedByPyTorch = (report: Report): Finding[] =>
  judgeAll({ ...evidenceOf(report), loss: report.loss ?? NaN });
