/** engine/python/SUPPORT.md: which of PyTorch's names are there, asked of the built engine itself. */
import fs from "node:fs";
import path from "node:path";
import { Engine } from "../../../engine/client.ts";
import { ROOT } from "../host.ts";

/** Names in 889 public model files, with the number of files that use each; methods are counted by name. */
const CORPUS = "test/corpus/torch-names.tsv";
const FILES = 889;

interface Use {
  readonly name: string;
  /** Files of the 889 that use it in model code. */
  readonly files: number;
}

interface Answer {
  readonly has: readonly boolean[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

function readUses(): Use[] {
  const [, ...lines] = fs.readFileSync(path.join(ROOT, CORPUS), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [name = "", , files] = line.split("\t");
    return { name, files: Number(files) };
  });
}

async function ask(names: readonly string[]): Promise<Answer> {
  const engine = new Engine({ dir: path.join(ROOT, "dist"), spare: false });
  const script = path.join(ROOT, "test/support/pages/support.py");
  const sources = {
    "support.py": fs.readFileSync(script, "utf8"),
    "names.py": `NAMES = ${JSON.stringify(names)}`,
  };
  try {
    const { log, findings } = await engine.analyze({ file: "support.py", sources, roots: [] });
    const error = findings.find(({ code }) => code !== "no-subject");
    if (error) throw new Error(`support.py:${error.at.startLine}: ${error.message}`);
    return JSON.parse(log) as Answer;
  } finally {
    await engine.dispose();
  }
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const sum = (uses: readonly Use[]): number => uses.reduce((total, { files }) => total + files, 0);
const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** The share of names, of uses, and bounds of the share of files whose every name is there. */
function figures(all: readonly Use[], missing: readonly Use[]): string {
  const inModels = all.filter(({ files }) => files > 0);
  const lost = missing.filter(({ files }) => files > 0);
  // A file is lost when it uses a missing name: at most the sum of all uses, at least the most used one.
  const least = Math.max(0, FILES - sum(lost));
  const most = FILES - Math.max(0, ...lost.map(({ files }) => files));
  const rows = [
    [
      "names in the files",
      `${all.length - missing.length} of ${all.length}`,
      percent(all.length - missing.length, all.length),
    ],
    [
      "names in their model code",
      `${inModels.length - lost.length} of ${inModels.length}`,
      percent(inModels.length - lost.length, inModels.length),
    ],
    [
      "uses in model code (a name in a file)",
      `${sum(inModels) - sum(lost)} of ${sum(inModels)}`,
      percent(sum(inModels) - sum(lost), sum(inModels)),
    ],
    [
      "files whose model code has every name",
      `${least} to ${most} of ${FILES}`,
      `${percent(least, FILES)} to ${percent(most, FILES)}`,
    ],
  ];
  return [
    "| | there | share |",
    "| --- | --- | --- |",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

/** The whole page. Needs the built engine. */
export async function supportPage(): Promise<string> {
  const uses = readUses();
  const { has, groups } = await ask(uses.map(({ name }) => name));
  const missing = uses.filter((_, i) => !has[i]).sort((a, b) => b.files - a.files);
  const needed = missing.filter(({ files }) => files > 0);
  const others = missing.filter(({ files }) => files === 0).map(({ name }) => name);
  const sections = Object.entries(groups)
    .filter(([, names]) => names.length > 0)
    .map(([group, names]) => `### ${group} (${names.length})\n\n${list(names)}`);
  const parts = [
    "# What there is of PyTorch",
    "Written by `npm run pages`, which asks the engine's own Python. A name that is here may still refuse an option; then it says which. What is not here raises `UnsupportedError` with its name, on the line that asked.",
    `## In numbers\n\nMeasured against the ${uses.length} names that ${FILES} public model files use (${CORPUS}). The last row is bounds, since that table counts files by name and not names by file.`,
    figures(uses, missing),
    "## Missing, by files that use it in model code",
    needed.length > 0
      ? [
          "| name | files |",
          "| --- | --- |",
          ...needed.map(({ name, files }) => `| \`${name}\` | ${files} |`),
        ].join("\n")
      : "Nothing.",
    `Missing as well, and used outside of model code only: ${list(others)}.`,
    "## There",
    ...sections,
  ];
  return `${parts.join("\n\n")}\n`;
}
