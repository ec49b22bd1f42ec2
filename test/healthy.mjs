/**
 * npm run healthy -- [DIR] [--only PART,…] [--most MILLIONS] [--json OUT]
 * Healthy models must stay silent: Debian's torchvision, torchaudio and torchtext builders with their own initialisation on small
 * inputs and, with DIR, the corpus' cases on the sources there; beside them the sick models. Prints each healthy model that has a
 * warning, and whether PyTorch's own gradients are those that it was judged by, then the confusion table. Exit code 1 where more than one healthy model in fifty is warned of.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Engine, collectSources } from "../engine/client.ts";
import { PACKAGES } from "./support/builders.ts";
import { confusionTable } from "./support/confusion.ts";
import { loadCorpus, requestOf } from "./support/corpus.ts";
import { expectations, placed } from "./support/fixture.ts";
import { differences, expectedFrom } from "./support/agree.ts";
import { Witness } from "./support/witness.ts";

const MODELS = fileURLToPath(new URL("parity/models", import.meta.url));
const SICK = fileURLToPath(new URL("rules/sick/", import.meta.url));
const MOUNT = "/parity/";
const BUDGET = { ms: 240_000, bytes: 3.5 * 2 ** 30 };
/** Share of healthy models that may have a warning. */
const ALLOWED = 1 / 50;

/** Their warnings are true: PyTorch shows the same numbers, and a specialist would mend it. Not counted as false alarms. */
const TRUE = {
  "torchaudio:Wav2Letter":
    "12 convolutions with ReLU and PyTorch's default initialisation: ×0.37 a layer",
  "torchaudio:HDemucs":
    "rescaling turns the decay's bias from −2 into −19.7: the sigmoid's slope is 1e-8",
  "torchaudio:hdemucs_low": "as HDemucs",
  "torchaudio:hdemucs_medium": "as HDemucs",
  "torchaudio:hdemucs_high": "as HDemucs",
  xmu_DANet: "linear layers drawn with a standard deviation of 0.001",
  xmu_HaloAttention: "a mask overwrites all scores: queries and relative positions get exactly 0",
  vit_levit:
    "BatchNorms that start with weight 0 see maps of one pixel of two images: they stay at 0",
  vit_regionvit:
    "its last stage has one layer, whose positions act on local tokens alone: only the regions' are read",
  xmu_mlp_mixer: "its blocks lie in a plain list: parameters() does not give them",
  mamba_minimal: "tied embeddings of unit variance: the first loss is 31, guessing costs 4.2",
  script_nlp_bert:
    "attention makes its output layer and norm anew at each call; scores are products with embeddings of unit variance: 24.5, guessing costs 3.37",
  tslib_TiDE: "a LayerNorm over one feature passes no gradient to anything before it",
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    most: { type: "string", default: "60" },
    json: { type: "string" },
  },
});
const only = values.only?.split(",");
const isChosen = (id) => !only || only.some((part) => id.includes(part));
const engine = new Engine({ dir: fileURLToPath(new URL("../dist/", import.meta.url)) });

const healthy = [];
for (const { id, request, options, expected } of [
  ...(await builders()),
  ...(await cases(positionals[0])),
]) {
  const report = await engine
    .analyze(await request(), options)
    .catch((error) => ({ subject: null, findings: [{ message: error.message }] }));
  const row = { id, ran: report.subject !== null, findings: report.findings, known: TRUE[id] };
  if (row.ran && row.findings.some(({ severity }) => severity !== "information")) {
    row.differs = differences(report, await expected(), "float32").length;
    // What PyTorch's numbers do not bear out is no true warning, whatever is said of it.
    if (row.differs > 0) row.known = undefined;
  }
  healthy.push(row);
  console.log(line(row));
}
const sick = [];
for (const name of readdirSync(SICK).filter((file) => file.endsWith(".py") && isChosen(file))) {
  const source = readFileSync(join(SICK, name), "utf8");
  const report = await engine.analyze({ file: name, sources: { [name]: source }, roots: [] });
  const found = placed(report.findings, source).map((place) => JSON.stringify(place));
  const wanted = expectations(source).map((place) => ({
    code: place.code,
    isFound: found.includes(JSON.stringify(place)),
  }));
  sick.push({ id: name, wanted, findings: report.findings });
}
await engine.dispose();
const { text, share } = confusionTable(healthy, sick);
console.log(text);
if (values.json) writeFileSync(values.json, JSON.stringify({ healthy, sick }, null, 1));
process.exit(share <= ALLOWED ? 0 : 1);

/** The packages' builders up to `--most` million parameters. */
async function builders() {
  const witness = new Witness();
  await witness.start();
  const all = (await witness.ask({ verb: "builders" })).filter(
    ({ id, reason }) => !reason && isChosen(id),
  );
  const small = [];
  for (const one of all) {
    const size = await witness.ask({ verb: "size", case: one, root: MODELS });
    if (size <= 1e6 * Number(values.most)) small.push(one);
  }
  await witness.stop();
  return small.map((one) => ({
    id: one.id,
    options: { door: PACKAGES },
    request: () => built(one),
    expected: () => testimony(one),
  }));
}

/** PyTorch's gradients of a builder. */
async function testimony(one) {
  const witness = new Witness();
  await witness.start();
  const asked = { verb: "case", case: one, root: MODELS };
  const single = await witness.ask({ ...asked, dtype: "float32" });
  const double = await witness.ask({ ...asked, dtype: "float64" });
  await witness.stop();
  return expectedFrom(single, double);
}

async function built(one) {
  const file = MOUNT + one.file;
  const read = (path) => readFile(path.replace(MOUNT, `${MODELS}/`), "utf8").catch(() => undefined);
  const { sources } = await collectSources(file, { roots: [], read });
  return { file, sources, roots: [], case: one, budget: BUDGET };
}

async function cases(dir) {
  if (!dir) return [];
  return (await loadCorpus())
    .filter(({ case: { id } }) => isChosen(id))
    .map(({ case: one, expected }) => ({
      id: one.id,
      request: () => requestOf(one, resolve(dir), "float32"),
      expected: () => Promise.resolve(expected),
    }));
}

function line({ id, ran, findings, known, differs }) {
  const told = findings.map(({ code, severity, message }) => `${severity}[${code}] ${message}`);
  if (!ran) return `${id.padEnd(44)} did not run: ${(told[0] ?? "").slice(0, 120)}`;
  const loud = findings.filter(({ severity }) => severity !== "information");
  if (loud.length === 0) return `${id.padEnd(44)} silent`;
  return [
    `${id.padEnd(44)} ${loud.length} warnings${known ? `, true: ${known}` : ""}; ` +
      (differs > 0 ? `${differs} numbers are not PyTorch's` : "PyTorch has these gradients"),
    ...told.map((text) => `    ${text}`),
  ].join("\n");
}
