/** The quick pick that shows what would be run and why, and lets the user change it. */
import { l10n, commands, QuickPickItemKind, window, type QuickPickItem } from "vscode";
import { isOptimizer } from "../engine/client.ts";
import type { Candidate, Subject } from "../engine/report.ts";
import type { Requests } from "../webview/protocol.ts";
import type { Analysis } from "./analysis.ts";
import type { Choices, Wish } from "./choices.ts";
import { models } from "./classes.ts";
import { writeComment } from "./comment.ts";
import { COMMANDS } from "./contributions.ts";
import { lossName } from "./choiceText.ts";
import { refusalOf, whyOf } from "./said.ts";
import {
  argumentName,
  argumentsOf,
  argumentValue,
  batchOf,
  commentOf,
  inputsOf,
  lossOf,
  withBatch,
} from "./subjectText.ts";
import { textOf, type Target } from "./target.ts";
import { inputs as inputsText } from "./words.ts";

/** What the panel can change by itself. */
type Change = Requests["set"]["params"];

const TITLE = l10n.t("Chainrule: what to analyze");

/** An item that does something when it is taken; `undefined` closes the quick pick. */
interface Item extends QuickPickItem {
  readonly take?: () => Promise<Wish | undefined>;
}

export class Chooser {
  readonly #analysis: Analysis;
  readonly #choices: Choices;

  constructor(analysis: Analysis, choices: Choices) {
    this.#analysis = analysis;
    this.#choices = choices;
  }

  /** Asks until the user runs, keeps or leaves. `entry`: the class to begin with. */
  async choose(target: Target, entry?: string): Promise<void> {
    let wish: Wish | undefined = this.#begin(target, entry);
    if (wish.entry === undefined) wish = await this.#pickClass(target, wish);
    while (wish) {
      const items = this.#items(target, wish);
      const picked: Item | undefined = await window.showQuickPick(items, {
        title: TITLE,
        placeHolder: l10n.t("Enter runs; choose a line to change it"),
        matchOnDescription: true,
      });
      if (!picked?.take) return;
      wish = await picked.take();
    }
  }

  /** Runs again with another seed, precision, optimizer or batch, and keeps it for the file. */
  async set(target: Target, { batch, optimizer, ...change }: Change): Promise<void> {
    const known = typeof optimizer === "string" && isOptimizer(optimizer) ? optimizer : null;
    const chosen = optimizer === undefined ? {} : { optimizer: known };
    await this.#choices.keepWith(target.uri, { ...change, ...chosen });
    const state = this.#analysis.get(target.uri);
    const subject = state?.result?.report.subject;
    if (typeof batch === "number" && subject) {
      const wish = this.#begin(target, state.entry);
      const inputs = withBatch(wish.inputs ?? inputsOf(subject), batch);
      await this.#choices.keep(target.uri, { entry: subject.entry, ...wish, inputs });
    }
    void commands.executeCommand(COMMANDS.analyze, target.uri, state?.entry);
  }

  #begin(target: Target, entry: string | undefined): Wish {
    const report = this.#analysis.get(target.uri)?.result?.report;
    const wish = this.#choices.of(target.uri, entry);
    const shown = report?.subject;
    if (wish.entry !== undefined || !shown || shown.from === "script") return wish;
    return this.#choices.of(target.uri, shown.entry);
  }

  /** What the last run knows of the class. */
  #subject(target: Target, entry: string | undefined): Subject | null {
    const report = this.#analysis.get(target.uri)?.result?.report;
    if (report?.subject?.entry === entry) return report?.subject ?? null;
    return report?.candidates.find((candidate) => candidate.entry === entry)?.subject ?? null;
  }

  #items(target: Target, wish: Wish): Item[] {
    const { entry = "" } = wish;
    const subject = this.#subject(target, entry);
    const why = (what: string): string => {
      const choice = subject?.choices.find((each) => each.what === what);
      return choice ? whyOf(choice) : "";
    };
    const args = wish.args ?? (subject ? argumentsOf(subject.call) : []);
    const inputs = wish.inputs ?? (subject ? inputsOf(subject) : []);
    const loss = wish.loss ?? (subject ? lossOf(subject) : undefined);
    const call = `${entry}(${args.join(", ")})`;
    const mode = wish.mode ?? "train";
    const batch = batchOf(inputs);
    const again = (part: Partial<Wish>): Wish => ({ ...wish, ...part });
    const named = (text: string, source: "args" | "inputs" | "loss"): string =>
      wish[source] === undefined ? text : l10n.t("your choice");
    return [
      {
        label: `$(play) ${l10n.t("Run")}`,
        description: [call, ...inputs, loss ?? ""].filter((part) => part !== "").join(" · "),
        take: () => this.#run(target, wish),
      },
      heading(l10n.t("What is run")),
      {
        label: `$(symbol-class) ${l10n.t("class: {0}", entry)}`,
        description: why("class"),
        take: () => this.#pickClass(target, wish),
      },
      ...args.map((source, i): Item => {
        const name = argumentName(source, i);
        return {
          label: `$(symbol-parameter) ${name} = ${argumentValue(source)}`,
          description: named(why(name), "args"),
          take: async () => {
            const text = await askFor(
              l10n.t("{0} of {1}, as Python", name, entry),
              argumentValue(source),
            );
            const lead = name.startsWith("argument ") ? "" : `${name}=`;
            return text === undefined
              ? wish
              : again({ args: args.map((old, j) => (j === i ? lead + text : old)) });
          },
        };
      }),
      {
        label: `$(add) ${l10n.t("Add an argument…")}`,
        take: async () => {
          const text = await askFor(l10n.t("An argument of {0}: depth=12", entry), "");
          return text === undefined ? wish : again({ args: [...args, text] });
        },
      },
      ...inputs.map((text, i): Item => ({
        label: `$(symbol-array) ${l10n.t("input {0}: {1}", i + 1, text)}`,
        description: named(inputWhy(subject, i), "inputs"),
        take: async () => {
          const changed = await askFor(INPUT, text);
          return changed === undefined
            ? wish
            : again({ inputs: inputs.map((old, j) => (j === i ? changed : old)) });
        },
      })),
      {
        label: `$(add) ${l10n.t("Add an input…")}`,
        take: async () => {
          const text = await askFor(INPUT, "");
          return text === undefined ? wish : again({ inputs: [...inputs, text] });
        },
      },
      ...(batch === undefined
        ? []
        : [
            {
              label: `$(layers) ${l10n.t("batch: {0}", batch)}`,
              description: named("", "inputs"),
              take: async () => {
                const text = await askFor(
                  l10n.t("Samples in a batch"),
                  String(batch),
                  /^[1-9]\d*$/,
                );
                return text === undefined
                  ? wish
                  : again({ inputs: withBatch(inputs, Number(text)) });
              },
            } satisfies Item,
          ]),
      {
        label: `$(target) ${l10n.t("loss: {0}", loss ?? (subject ? lossName(subject.loss) : l10n.t("automatic")))}`,
        description: named(why("loss"), "loss"),
        take: async () => again(await pickLoss()),
      },
      {
        label: `$(settings) ${l10n.t("mode: {0}", mode)}`,
        description: l10n.t("train: dropout and batch statistics; eval: without"),
        take: () => Promise.resolve(again({ mode: mode === "train" ? "eval" : "train" })),
      },
      heading(l10n.t("Keep it")),
      {
        label: `$(comment) ${l10n.t("Write as a comment")}`,
        description: commentOf(call, inputs, loss),
        take: async () => {
          await this.#choices.reset(target.uri);
          await writeComment(target, entry, commentOf(call, inputs, loss));
          return undefined;
        },
      },
      {
        label: `$(discard) ${l10n.t("Reset to automatic")}`,
        description: l10n.t("forget what was chosen for this file, and run"),
        take: () => this.#run(target, {}),
      },
    ];
  }

  async #run(target: Target, wish: Wish): Promise<undefined> {
    await this.#choices.keep(target.uri, wish);
    void commands.executeCommand(COMMANDS.analyze, target.uri, wish.entry);
    return undefined;
  }

  /** Result: the wish of the class that was chosen; undefined: left, or automatic, which runs. */
  async #pickClass(target: Target, before: Wish): Promise<Wish | undefined> {
    const report = this.#analysis.get(target.uri)?.result?.report;
    const candidates = new Map<string, Candidate | null>();
    for (const { name } of models(textOf(target))) candidates.set(name, null);
    if (report?.subject?.at) candidates.set(report.subject.entry, null);
    for (const candidate of report?.candidates ?? []) candidates.set(candidate.entry, candidate);
    const items = [...candidates].map(([name, candidate]): Item => {
      const subject = this.#subject(target, name);
      return {
        label: `$(symbol-class) ${name}`,
        description: subject
          ? `${subject.call} · ${inputsText(subject)}`
          : ((candidate && refusalOf(candidate)) ?? l10n.t("not tried yet")),
        take: () => Promise.resolve(this.#choices.of(target.uri, name)),
      };
    });
    const automatic: Item = {
      label: `$(sparkle) ${l10n.t("Automatic")}`,
      description: l10n.t("what Chainrule chooses by itself"),
      take: () => this.#run(target, {}),
    };
    const picked = await window.showQuickPick<Item>([...items, automatic], {
      title: TITLE,
      placeHolder: l10n.t("Class or factory to analyze"),
      matchOnDescription: true,
    });
    if (!picked) return before.entry === undefined ? undefined : before;
    return picked.take?.();
  }
}

const INPUT = l10n.t("A shape, (32, 3, 224, 224), or an expression, randint(0, 100, (8, 64))");

const heading = (label: string): Item => ({ label, kind: QuickPickItemKind.Separator });

/** Why Chainrule took the input: choices name inputs by `input x`, in order. */
function inputWhy(subject: Subject | null, index: number): string {
  const choice = subject?.choices.filter(({ what }) => what.startsWith("input"))[index];
  return choice ? whyOf(choice) : "";
}

/** Python source from the user, brackets closed; undefined: left. */
async function askFor(prompt: string, value: string, form?: RegExp): Promise<string | undefined> {
  const text = await window.showInputBox({
    title: TITLE,
    prompt,
    value,
    validateInput: (typed) => {
      if (typed.trim() === "") return l10n.t("Nothing was given");
      if (form && !form.test(typed.trim())) return l10n.t("A positive whole number is needed");
      return isClosed(typed) ? undefined : l10n.t("A bracket or quote is open");
    },
  });
  return text?.trim();
}

/** Whether brackets and quotes are closed. */
export function isClosed(text: string): boolean {
  const bare = text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, "");
  let depth = 0;
  for (const c of bare) {
    if ("([{".includes(c)) depth++;
    if (")]}".includes(c) && --depth < 0) return false;
  }
  return depth === 0 && !/["']/.test(bare);
}

const LOSSES = [
  ["cross_entropy", l10n.t("classes along the last axis")],
  ["mse", l10n.t("mean of squares of the output")],
  ["sum", l10n.t("sum of the output")],
  ["mean", l10n.t("mean of the output")],
] as const;

async function pickLoss(): Promise<Partial<Wish>> {
  const items = LOSSES.map(([label, description]) => ({ label, description }));
  const picked = await window.showQuickPick(items, { title: TITLE, placeHolder: l10n.t("Loss") });
  return picked ? { loss: picked.label } : {};
}
