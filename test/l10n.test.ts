import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { ROOT } from "./support/host.ts";

type Texts = Readonly<Record<string, string>>;

const read = (name: string): string => fs.readFileSync(path.join(ROOT, name), "utf8");
const texts = (name: string): Texts => JSON.parse(read(name)) as Texts;
const sorted = (words: Iterable<string>): string[] => [...new Set(words)].sort();
const holes = (text: string): string[] => sorted(text.match(/\{\d+\}/g) ?? []);

const CALL = /\b(?:l10n\.t|(?<![.\w])t)\(\s*(?:"((?:[^"\\]|\\.)*)")?/g;

/** Every text that the extension and the panel show, by their calls; a call without a literal fails. */
function shown(): string[] {
  const found: string[] = [];
  for (const folder of ["extension", "webview"]) {
    const names = fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" });
    for (const name of names.filter(
      (each) => /\.tsx?$/.test(each) && each !== "l10n.ts" && each !== "said.ts",
    )) {
      for (const [call, text] of read(path.join(folder, name)).matchAll(CALL)) {
        assert.ok(text !== undefined, `${folder}/${name}: ${call} has no literal`);
        found.push(JSON.parse(`"${text}"`) as string);
      }
    }
  }
  return sorted(found);
}

/** Every template of the engine's sentences that has words. */
function said(): string[] {
  const found: string[] = [];
  const collect = (node: ts.Node): void => {
    if (
      ts.isTaggedTemplateExpression(node) &&
      ts.isIdentifier(node.tag) &&
      node.tag.text === "said"
    ) {
      const { template } = node;
      found.push(
        ts.isNoSubstitutionTemplateLiteral(template)
          ? template.text
          : template.templateSpans.reduce(
              (text, { literal }, i) => `${text}{${i}}${literal.text}`,
              template.head.text,
            ),
      );
    }
    ts.forEachChild(node, collect);
  };
  const names = fs.readdirSync(path.join(ROOT, "engine"), { recursive: true, encoding: "utf8" });
  for (const name of names.filter((each) => /\.ts$/.test(each))) {
    const source = read(path.join("engine", name));
    if (source.includes("said`"))
      collect(ts.createSourceFile(name, source, ts.ScriptTarget.Latest));
  }
  return sorted([...found, ...saidInPython()].filter((text) => /\p{L}/u.test(text)));
}

/** The templates of Python's `said("…")`; a call without a literal fails. */
function saidInPython(): string[] {
  const found: string[] = [];
  const folder = "engine/python/site-packages";
  const names = fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" });
  for (const name of names.filter((each) => each.endsWith(".py"))) {
    const calls = read(path.join(folder, name)).matchAll(
      /(?<!def )\bsaid\(\s*(?:"((?:[^"\\]|\\.)*)"(?=\s*[,)]))?/g,
    );
    for (const [call, text] of calls) {
      assert.ok(text !== undefined, `${folder}/${name}: ${call} has no literal`);
      found.push(JSON.parse(`"${text}"`) as string);
    }
  }
  return found;
}

describe("the second language", () => {
  const german = texts("extension/l10n/bundle.l10n.de.json");

  it("has a twin of every text of the editor, the panel and the engine, and none too many", () => {
    const needed = new Set([...shown(), ...said()]);
    const lacking = [...needed].filter((text) => !Object.hasOwn(german, text));
    assert.deepEqual(lacking, []);
    assert.deepEqual(
      Object.keys(german).filter((text) => !needed.has(text)),
      [],
    );
  });

  it("fills in the same values", () => {
    for (const [text, twin] of Object.entries(german)) {
      assert.deepEqual(holes(twin), holes(text), text);
      assert.notEqual(twin.trim(), "", text);
    }
  });

  it("has a twin of every text of the manifest", () => {
    const english = texts("package.nls.json");
    const used = read("package.json").match(/(?<="%)[\w.]+(?=%")/g) ?? [];
    assert.deepEqual(sorted(Object.keys(english)), sorted(used));
    assert.deepEqual(sorted(Object.keys(texts("package.nls.de.json"))), sorted(used));
  });

  it("leaves no text of the manifest in one language", () => {
    const contributes = JSON.stringify(
      (JSON.parse(read("package.json")) as { contributes: unknown }).contributes,
    );
    const literal =
      /"(?:title|label|(?:markdown|enum)?[dD]escription|contents|name|altText)":"(?!%)[^"]*"/;
    assert.doesNotMatch(contributes, literal);
  });
});
