/** The last runs of each document, to compare a later one with. */
import { l10n, type Disposable, type Uri } from "vscode";
import type { Against, ResultView, RunRef } from "../webview/protocol.ts";
import type { Analysis, Result } from "./analysis.ts";
import { shorten } from "./words.ts";

const MOST_RUNS = 8;
const MOST_CHARACTERS = 48;

interface Kept extends Against {
  /** The same for all reports of one run. */
  readonly request: Result["request"];
}

export class History implements Disposable {
  readonly #runs = new Map<string, readonly Kept[]>();
  /** By document, the run that was chosen. */
  readonly #chosen = new Map<string, string>();
  readonly #subscription: Disposable;
  #lastId = 0;

  constructor(analysis: Analysis) {
    this.#subscription = analysis.onDidChange((uri) => {
      const state = analysis.get(uri);
      if (!state) this.#runs.delete(uri.toString());
      else if (state.result && !state.running) this.#keep(uri, state.result);
    });
  }

  /** Chooses the run to show beside the later ones; null: none. False: it is not known any more. */
  choose(uri: Uri, id: string | null): boolean {
    if (id === null) this.#chosen.delete(uri.toString());
    else if (this.#runs.get(uri.toString())?.some((run) => run.id === id) === true)
      this.#chosen.set(uri.toString(), id);
    else return false;
    return true;
  }

  /** The result with the runs that it can be compared with, and the chosen one. */
  beside(uri: Uri, result: Result): ResultView {
    const others = (this.#runs.get(uri.toString()) ?? []).filter(
      ({ request, rows }) => request !== result.request && rows.length > 0,
    );
    const chosen = this.#chosen.get(uri.toString());
    const against = others.find(({ id }) => id === chosen);
    return {
      ...result.view.result,
      runs: others.map(({ id, label }): RunRef => ({ id, label })),
      against: against ? { id: against.id, label: against.label, rows: against.rows } : null,
    };
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #keep(uri: Uri, result: Result): void {
    const key = uri.toString();
    const known = this.#runs.get(key) ?? [];
    if (known.some(({ request }) => request === result.request)) return;
    const { controls, verdict, rows } = result.view.result;
    const precision = controls.dtype === "float32" ? [] : [controls.dtype];
    const label = [
      new Date().toLocaleTimeString(),
      l10n.t("seed {0}", controls.seed),
      ...precision,
      shorten(verdict.text, MOST_CHARACTERS),
    ].join(" · ");
    const run = { id: String(++this.#lastId), label, rows, request: result.request };
    this.#runs.set(key, [run, ...known].slice(0, MOST_RUNS));
  }
}
