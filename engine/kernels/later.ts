import type { KernelFunction } from "./simd.ts";

// Words of the list: tickets, then a 1 for each place whose call is done.
const NEXT = 0; // the ticket that nobody has taken
const END = 1;
const DONE = 2;
/** Calls that wait at once. */
const PLACES = 512;
const NUMBERS = 5; // the function's place in its list, its arguments
const FLAGS_BYTES = 8 * Math.ceil((DONE + PLACES) / 2);
export const LATER_BYTES = FLAGS_BYTES + 8 * PLACES * NUMBERS;
const SPINS = 4000; // looks at a call before sleeping: some 20 µs
const NAP_MS = 1;

/**
 * A list of kernel calls in the shared memory at `at` that nobody waits for at once: a thread without work takes the next one. One thread adds, any may take. Each
 * call writes to its own place and is short, as work that somebody waits for comes first.
 */
export class Later {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #functions: readonly KernelFunction[];

  readonly #assertWell: () => void;

  /** `functions`: in an order that every thread has; `assertWell` throws once a thread has failed, as its calls will not be done. */
  constructor(
    memory: WebAssembly.Memory,
    at: number,
    functions: readonly KernelFunction[],
    assertWell: () => void,
  ) {
    this.#assertWell = assertWell;
    this.#words = new Int32Array(memory.buffer, at, DONE + PLACES);
    this.#numbers = new Float64Array(memory.buffer, at + FLAGS_BYTES, PLACES * NUMBERS);
    this.#functions = functions;
  }

  /** → its ticket; tickets rise by one. Where no place is free, this thread computes until one is. */
  add(kernel: number, args: readonly number[]): number {
    const ticket = this.#words[END]!;
    this.finish(ticket - PLACES);
    const place = ticket % PLACES;
    this.#numbers[place * NUMBERS] = kernel;
    this.#numbers.set(args, place * NUMBERS + 1);
    Atomics.store(this.#words, DONE + place, 0);
    Atomics.store(this.#words, END, ticket + 1);
    return ticket;
  }

  /** Runs the next call; false: there is none. */
  step(): boolean {
    const words = this.#words;
    for (;;) {
      const ticket = Atomics.load(words, NEXT);
      if (ticket >= Atomics.load(words, END)) return false;
      if (Atomics.compareExchange(words, NEXT, ticket, ticket + 1) !== ticket) continue;
      const place = ticket % PLACES;
      const [kernel, a, b, c, d] = this.#numbers.subarray(place * NUMBERS, (place + 1) * NUMBERS);
      this.#functions[kernel!]!(a!, b!, c!, d!);
      Atomics.store(words, DONE + place, 1);
      Atomics.notify(words, DONE + place);
      return true;
    }
  }

  /** For the thread that adds, as for `finish`. */
  isDone(ticket: number): boolean {
    const words = this.#words;
    if (ticket < words[END]! - PLACES) return true;
    return ticket < 0 || Atomics.load(words, DONE + (ticket % PLACES)) === 1;
  }

  /** Computes, and then waits, until a call is done. */
  finish(ticket: number): void {
    while (!this.isDone(ticket)) if (!this.step()) this.#wait(ticket);
  }

  #wait(ticket: number): void {
    for (let spin = 0; spin < SPINS; spin++) if (this.isDone(ticket)) return;
    this.#assertWell();
    Atomics.wait(this.#words, DONE + (ticket % PLACES), 0, NAP_MS);
  }
}
