/**
 * Fixes waiting to be tried, one result after another, the latest first. A run that somebody waits for goes
 * before; what it broke off is tried again when nothing else runs.
 */
import { codeOf, log, messageOf } from "./log.ts";

/** Tries one result's fixes. Rejects where it is broken off; a result that is no longer shown needs nothing. */
export type Trial = (signal: AbortSignal) => Promise<void>;

export class Trials {
  /** By document, in the order in which they came. */
  readonly #waiting = new Map<string, Trial>();
  /** No run is under way. */
  readonly #isIdle: () => boolean;
  #current: { readonly key: string; readonly abort: AbortController } | undefined;

  constructor(isIdle: () => boolean) {
    this.#isIdle = isIdle;
  }

  /** In place of an earlier one of the same document; it begins with the next `resume`. */
  add(key: string, trial: Trial): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, trial);
  }

  /** Breaks off what is being tried; it waits for its turn. */
  pause(): void {
    this.#current?.abort.abort();
  }

  /** Tries what waits, while nothing else runs. */
  resume(): void {
    const next = [...this.#waiting].at(-1);
    if (this.#current || !next || !this.#isIdle()) return;
    const [key, trial] = next;
    const abort = new AbortController();
    this.#current = { key, abort };
    void trial(abort.signal)
      .then(
        () => this.#done(key, trial),
        (error: unknown) => {
          if (abort.signal.aborted) return; // waits, or was dropped
          if (codeOf(error) !== "cancelled") log.warn(messageOf(error));
          this.#done(key, trial);
        },
      )
      .finally(() => {
        this.#current = undefined;
        this.resume();
      });
  }

  /** Drops a document's, or every, trial. */
  drop(key?: string): void {
    if (key === undefined) this.#waiting.clear();
    else this.#waiting.delete(key);
    if (key === undefined || this.#current?.key === key) this.pause();
  }

  /** A later result of the document may wait by now. */
  #done(key: string, trial: Trial): void {
    if (this.#waiting.get(key) === trial) this.#waiting.delete(key);
  }
}
