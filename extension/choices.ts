/** What the user chose to run in place of Chainrule's choice: by file and class, kept with the workspace. */
import type { Memento, Uri } from "vscode";
import type { OptimizerName } from "../engine/client.ts";

/** In the request's own words; what is absent Chainrule chooses. */
export interface Chosen {
  readonly args?: readonly string[];
  readonly inputs?: readonly string[];
  readonly loss?: string;
  readonly mode?: "train" | "eval";
}

export interface Wish extends Chosen {
  readonly entry?: string;
}

/** How a file is run, whatever is run of it; what is absent the settings say. */
export interface RunWith {
  readonly seed?: number;
  readonly dtype?: "float32" | "float64";
  /** A second run in mixed precision beside it; null: none, whatever the setting says. */
  readonly mixed?: "float16" | "bfloat16" | null;
  /** Whose steps are made after the run; null: none. */
  readonly optimizer?: OptimizerName | null;
  /** null: the optimizer's usual rate, the usual number of steps. */
  readonly lr?: number | null;
  readonly steps?: number | null;
}

interface OfFile {
  readonly with?: RunWith;
  /** The class or factory to run when none is named. */
  readonly entry?: string;
  readonly by: Readonly<Record<string, Chosen>>;
}

const KEY = "choices";

export class Choices {
  readonly #memory: Memento;

  constructor(memory: Memento) {
    this.#memory = memory;
  }

  /** What to ask for: the named class, else the chosen one, with what was chosen for it. */
  of(uri: Uri, entry?: string): Wish {
    const known = this.#all[uri.toString()];
    const name = entry ?? known?.entry;
    return name === undefined ? {} : { entry: name, ...known?.by[name] };
  }

  runWith(uri: Uri): RunWith {
    return this.#all[uri.toString()]?.with ?? {};
  }

  async keepWith(uri: Uri, change: RunWith): Promise<void> {
    const known = this.#all[uri.toString()];
    const next = { by: {}, ...known, with: { ...known?.with, ...change } };
    await this.#memory.update(KEY, { ...this.#all, [uri.toString()]: next });
  }

  has(uri: Uri): boolean {
    return this.#all[uri.toString()] !== undefined;
  }

  async keep(uri: Uri, { entry, ...chosen }: Wish): Promise<void> {
    if (entry === undefined) return this.reset(uri);
    const known = this.#all[uri.toString()];
    const next = { ...known, entry, by: { ...known?.by, [entry]: chosen } };
    await this.#memory.update(KEY, { ...this.#all, [uri.toString()]: next });
  }

  /** Everything of the file is Chainrule's choice again. */
  async reset(uri: Uri): Promise<void> {
    const { [uri.toString()]: _, ...rest } = this.#all;
    await this.#memory.update(KEY, rest);
  }

  get #all(): Readonly<Record<string, OfFile>> {
    return this.#memory.get<Readonly<Record<string, OfFile>>>(KEY, {});
  }
}
