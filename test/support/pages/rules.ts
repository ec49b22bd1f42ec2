/** engine/rules/RULES.md: the help page of every code, from the doc comment that stands above the rule. */
import fs from "node:fs";
import path from "node:path";
import { rules } from "../../../engine/rules/index.ts";
import { ROOT } from "../host.ts";

const FOLDER = path.join(ROOT, "engine/rules");

interface Page {
  readonly code: string;
  readonly severity: string;
  readonly title: string;
  readonly text: string;
  readonly constants: readonly Constant[];
}

interface Constant {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

/** What engine/analysis/analyze.ts reports where no rule could be asked. */
const WITHOUT_RULE: readonly Page[] = [
  {
    code: "python-error",
    severity: "error",
    title: "The file raised an exception",
    text: [
      "The user's file, the model's constructor, its `forward` or the loss raised a Python exception; the finding stands on the",
      "innermost line of the user's own, with the exception's type and PyTorch's message. Nothing after that line was run, so",
      "there are no gradients to show.",
      "",
      "What helps: the same as under PyTorch, which stops at the same line. Where PyTorch does not, it is a bug of Chainrule.",
    ].join("\n"),
    constants: [],
  },
  {
    code: "unsupported",
    severity: "information",
    title: "Chainrule lacks a part of PyTorch",
    text: [
      "The file asks for a function, a class or an option that Chainrule's own `torch` does not have. The finding stands on the",
      "line that asked and gives the name; no value is made up in its place. engine/python/SUPPORT.md lists what there is.",
      "",
      "What helps: another way to write the line, or leaving that part out by a `# chainrule:` comment that names another class.",
    ].join("\n"),
    constants: [],
  },
  {
    code: "script-stopped",
    severity: "information",
    title: "The file ends before it trains",
    text: [
      "Run as a script, the file raised an exception before its first optimizer step; the finding stands on that line. Its model was",
      "built and run by itself instead, so there are gradients, but not those of the file's own loss and data.",
      "",
      "What helps: data that the script reads are made up where Chainrule knows their shape; where it does not, a `# chainrule:`",
      "comment says what to run.",
    ].join("\n"),
    constants: [],
  },
  {
    code: "no-subject",
    severity: "information",
    title: "Nothing to run was found",
    text: [
      "No class could be built and called: none is there, an argument without default could not be guessed, or no input that was",
      "tried fits. The message says which.",
      "",
      "What helps: a comment in the file that says it: `# chainrule: Net(depth=12), input=(32, 1, 28, 28), loss=cross_entropy(10)`.",
    ].join("\n"),
    constants: [],
  },
];

/** Text of a doc comment without its stars. */
const bare = (comment: string): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim();

/** Numeric constants at the top of a file, with the comment above or behind them. */
function constantsOf(source: string): Constant[] {
  const found = source.matchAll(
    /^(?:\/\*\* ((?:(?!\*\/)[^])*?) ?\*\/\n)?(?:export )?const ([A-Z][A-Z0-9_]*) = ([-\d][\w.*+/ -]*);(?: \/\/ (.*))?$/gm,
  );
  return [...found].map(([, above, name, value, behind]) => ({
    name: name ?? "",
    value: (value ?? "").trim(),
    meaning: (behind ?? bare(above ?? "")).trim(),
  }));
}

/** A file's own constants and those of the rule files that it imports. */
function constantsBehind(file: string, seen = new Set<string>()): Constant[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const source = fs.readFileSync(path.join(FOLDER, file), "utf8");
  const used = [...source.matchAll(/from "\.\/(\w+\.ts)"/g)].map(([, name]) => name ?? "");
  return [...constantsOf(source), ...used.flatMap((name) => constantsBehind(name, seen))];
}

function pageOf(code: string): Pick<Page, "text" | "constants"> {
  for (const file of fs.readdirSync(FOLDER).filter((name) => name.endsWith(".ts"))) {
    const source = fs.readFileSync(path.join(FOLDER, file), "utf8");
    const comment =
      /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export const \w+ = defineRule\(\{\s*code: "([^"]+)"/;
    const [, doc, found] = comment.exec(source) ?? [];
    if (doc === undefined || found !== code) continue;
    return { text: bare(doc).replace(`${code}: `, ""), constants: constantsBehind(file) };
  }
  throw new Error(`no file in engine/rules has a doc comment for ${code}`);
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function section({ code, severity, title, text, constants }: Page): string {
  const table = [
    "| threshold | value | |",
    "| --- | --- | --- |",
    ...constants.map((c) => `| \`${c.name}\` | ${c.value} | ${c.meaning.replaceAll("|", "\\|")} |`),
  ];
  return [
    `## ${code}`,
    `**${title}** (${severity})`,
    sentence(text),
    ...(constants.length > 0 ? [table.join("\n")] : []),
  ].join("\n\n");
}

/** The whole page. Throws where a rule has no doc comment. */
export function rulesPage(): string {
  const pages: readonly Page[] = [
    ...rules.map(({ code, severity, title }) => ({ code, severity, title, ...pageOf(code) })),
    ...WITHOUT_RULE,
  ];
  return [
    "# Rules",
    "What Chainrule reports, by code. Written by `npm run pages` from the rules' own comments; changes belong there.",
    [
      "| code | severity | |",
      "| --- | --- | --- |",
      ...pages.map((p) => `| [${p.code}](#${p.code}) | ${p.severity} | ${p.title} |`),
    ].join("\n"),
    [
      "A comment `# chainrule: ignore[code]` behind a line of code suppresses a finding that stands there; alone on its line it speaks for",
      "the whole file; without a code, for every rule. The setting `chainrule.rules` gives a rule another severity, `off`, or other limits:",
      '`{"gradient-vanishing": {"severity": "information", "limits": {"maxRatio": 1e-4}}}`.',
    ].join("\n"),
    [
      "| code | limit | default |",
      "| --- | --- | --- |",
      ...rules.flatMap(({ code, limits }) =>
        Object.entries(limits ?? {}).map(([name, value]) => `| ${code} | \`${name}\` | ${value} |`),
      ),
    ].join("\n"),
    ...pages.map(section),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}
