import { assert } from "../errors.ts";
import { SYSTEM_PAGE, type Heap } from "./heap.ts";
import { Later, LATER_BYTES } from "./later.ts";
import { BOARD, MAX_INSTANCES, RESERVED } from "./reserved.ts";
import { type KernelExports, type KernelModules, instantiateAt } from "./simd.ts";

// The board: i32 words in the shared memory, then the calls' arguments as f64.
const TURN = 0; // changes with every job; helpers sleep on it
const NEXT = 1; // the next call that nobody has taken
const COUNT = 2;
const ACTIVE = 3; // helpers that may be in a call; the main thread sleeps on it
const SLEEPING = 4;
const KERNEL = 5;
const ARITY = 6;
const FAILED = 7;
const AHEAD = 8; // the next page that nobody has touched, and where they end
const AHEAD_END = 9;
const SCRATCH = 10; // address and bytes of each instance's working space
const WORDS = SCRATCH + 2 * MAX_INSTANCES;
const ARGS = BOARD + 128;
/** Calls of one job. */
export const MAX_CALLS = 64;
const MAX_ARITY = 20;
/** Behind the arguments: words that a job's calls read, one block for each. */
export const BLOCK_WORDS = 84;
const BLOCKS = ARGS + MAX_CALLS * MAX_ARITY * 8;
const LATER = BLOCKS + MAX_CALLS * BLOCK_WORDS * 4;
/** What the first helper that failed said: a length, then characters' codes, 16 bits each. */
const TOLD = LATER + LATER_BYTES;
const TOLD_CODES = 255;
assert(TOLD + 2 + 2 * TOLD_CODES <= RESERVED, "the board ends in the heap");

/** Nothing to take: above every COUNT, and stays so while helpers count on. */
const CLOSED = 2 ** 30;
const SPINS = 10_000; // looks at the board before sleeping: some 50 µs, as long as waking takes
const NAP_MS = 1;
const PAGES = 64; // touched between two looks for work: some 100 µs

const words = (memory: WebAssembly.Memory): Int32Array<SharedArrayBuffer> =>
  new Int32Array(memory.buffer as unknown as SharedArrayBuffer, BOARD, WORDS);
const numbers = (memory: WebAssembly.Memory): Float64Array =>
  new Float64Array(memory.buffer, ARGS, MAX_CALLS * MAX_ARITY);

/** The module's functions in an order that every thread knows. */
const listOf = (exports: KernelExports): string[] => Object.keys(exports).sort();

const toldIn = (memory: WebAssembly.Memory): Uint16Array =>
  new Uint16Array(memory.buffer, TOLD, 1 + TOLD_CODES);

/** For the thread that fails: others are told why, too. */
function fail(memory: WebAssembly.Memory, error: unknown): never {
  const codes = Array.from(String(error).slice(0, TOLD_CODES), (c) => c.charCodeAt(0));
  toldIn(memory).set([codes.length, ...codes]);
  Atomics.store(words(memory), FAILED, 1);
  throw error;
}

/** Throws, with its own words, once a helper over `memory` has failed. */
export function assertWell(memory: WebAssembly.Memory): void {
  if (Atomics.load(words(memory), FAILED) === 0) return;
  const [length, ...codes] = toldIn(memory);
  assert(false, `a helper failed: ${String.fromCharCode(...codes.slice(0, length))}`);
}

const laterOf = (memory: WebAssembly.Memory, exports: KernelExports): Later => {
  const functions = listOf(exports).map((name) => exports[name]!);
  return new Later(memory, LATER, functions, () => {
    assertWell(memory);
  });
};

/** Takes calls until none is left. */
function work(board: Int32Array, args: Float64Array, run: (...args: number[]) => number): void {
  for (;;) {
    const call = Atomics.add(board, NEXT, 1);
    if (call >= Atomics.load(board, COUNT)) return;
    // Read only now: until a call is taken a new job may be changing it.
    const from = call * MAX_ARITY;
    run(...args.subarray(from, from + board[ARITY]!));
  }
}

/** Touches the next pages and leaves what stands there, as the main thread may use them by now. False where none are left. */
function touchAhead(board: Int32Array, memory: WebAssembly.Memory): boolean {
  const last = Atomics.load(board, AHEAD_END);
  if (Atomics.load(board, AHEAD) >= last) return false;
  const from = Atomics.add(board, AHEAD, PAGES);
  const all = new Int32Array(memory.buffer);
  const step = SYSTEM_PAGE / all.BYTES_PER_ELEMENT;
  const end = Math.min(Math.min(from + PAGES, last) * step, all.length);
  // One instruction, which counts as a write: behind a read the page would be mapped once more.
  for (let at = from * step; at < end; at += step) Atomics.compareExchange(all, at, 0, 0);
  return true;
}

/**
 * Kernel calls shared with helper threads over one memory. A job is a list of calls of one kernel that write to different places and
 * read nothing that another one writes; each thread takes the next call, so that a helper which is late costs nothing, and
 * results do not depend on who computed what.
 */
export class Pool {
  /** This thread and its helpers. */
  readonly threads: number;
  readonly #heap: Heap;
  readonly #exports: KernelExports;
  readonly #names: ReadonlyMap<string, number>;
  readonly #board: Int32Array<SharedArrayBuffer>;
  readonly #args: Float64Array;
  readonly #later: Later;
  #scratch = 0;
  /** The helpers' working spaces. */
  readonly #spaces: number[] = [];

  constructor(heap: Heap, exports: KernelExports, helpers: number) {
    assert(helpers < MAX_INSTANCES, `${helpers} helpers`);
    this.threads = helpers + 1;
    this.#heap = heap;
    this.#exports = exports;
    this.#names = new Map(listOf(exports).map((name, i) => [name, i]));
    this.#board = words(heap.memory);
    this.#args = numbers(heap.memory);
    this.#later = laterOf(heap.memory, exports);
    // Before any helper looks: a call of the first job that was taken early would be computed twice.
    Atomics.store(this.#board, NEXT, CLOSED);
  }

  /** Runs the calls of one of the module's functions; `scratch`: bytes of working space that a call asks for at most. */
  run(name: string, calls: readonly (readonly number[])[], scratch = 0): void {
    const run = this.#exports[name];
    const kernel = this.#kernel(name);
    assert(run, `no kernel ${name}`);
    assert(calls.length <= MAX_CALLS, `${calls.length} calls of ${name}`);
    if (scratch > this.#scratch) this.#reserve(scratch);
    const board = this.#board;
    calls.forEach((args, i) => this.#args.set(args, i * MAX_ARITY));
    board[KERNEL] = kernel;
    board[ARITY] = calls[0]!.length;
    Atomics.store(board, COUNT, calls.length);
    Atomics.store(board, NEXT, 0);
    this.#wake();
    try {
      work(board, this.#args, run);
    } finally {
      Atomics.store(board, NEXT, CLOSED);
      this.#settle();
    }
    assertWell(this.#heap.memory);
  }

  /**
   * Calls for threads without other work, of at most four numbers each: they keep no working space, write to different places, and what they read stays as it is
   * until they are done. → the last one's ticket; the others' lie below it.
   */
  later(name: string, calls: readonly (readonly number[])[]): number {
    const kernel = this.#kernel(name);
    let last = -1;
    for (const args of calls) last = this.#later.add(kernel, args);
    this.#wake();
    return last;
  }
  isDone(ticket: number): boolean {
    return this.#later.isDone(ticket);
  }
  /** Helps with such calls until one is done. */
  finish(ticket: number): void {
    this.#later.finish(ticket);
  }

  #kernel(name: string): number {
    const kernel = this.#names.get(name);
    assert(kernel !== undefined, `no kernel ${name}`);
    return kernel;
  }

  /**
   * While helpers have nothing to compute they take the first `bytes` of memory from the system: a page's first touch takes longer than what kernels do
   * with it. Nobody waits for them.
   */
  ahead(bytes: number): void {
    const [from, end] = this.#heap.untouched(bytes);
    const board = this.#board;
    Atomics.store(board, AHEAD_END, Math.floor(end / SYSTEM_PAGE));
    Atomics.store(board, AHEAD, Math.ceil(from / SYSTEM_PAGE));
    this.#wake();
  }

  /** Address of block `i`, for words that call `i` of the next job reads. */
  block(i: number, content: readonly number[]): number {
    assert(i < MAX_CALLS && content.length <= BLOCK_WORDS, `block ${i} of ${content.length} words`);
    const at = BLOCKS + i * BLOCK_WORDS * 4;
    this.#heap.i32.set(content, at / 4);
    return at;
  }

  #wake(): void {
    const board = this.#board;
    Atomics.add(board, TURN, 1);
    if (Atomics.load(board, SLEEPING) > 0) Atomics.notify(board, TURN);
  }

  /** Waits for the calls that helpers have taken. */
  #settle(): void {
    const board = this.#board;
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(board, ACTIVE) === 0) return;
    for (;;) {
      const active = Atomics.load(board, ACTIVE);
      if (active === 0) return;
      Atomics.wait(board, ACTIVE, active, NAP_MS);
    }
  }

  #reserve(bytes: number): void {
    this.#scratch = 0; // should there be no room
    for (const place of this.#spaces.splice(0)) this.#heap.free(place);
    for (let i = 1; i < this.threads; i++) {
      const place = this.#heap.alloc(bytes);
      this.#spaces.push(place);
      this.#board.set([place, bytes], SCRATCH + 2 * i);
    }
    this.#scratch = bytes;
  }
}

/** A helper's whole life: instance `index` of the kernels, computing what the board offers. Returns only by an error. */
export function help(memory: WebAssembly.Memory, modules: KernelModules, index: number): never {
  // A memory that grew while this thread was given it has its old length here, and memory.fill would find its end too early: V8 tells of a growth only those threads
  // that it knows already, but for this one.
  memory.grow(0);
  const board = words(memory);
  const args = numbers(memory);
  const exports = instantiateAt(memory, modules, index, (bytes) => {
    assert(bytes >>> 0 <= board[SCRATCH + 2 * index + 1]! >>> 0, `${bytes} bytes of scratch`);
    return board[SCRATCH + 2 * index]!;
  });
  const functions = listOf(exports).map((name) => exports[name]!);
  const later = laterOf(memory, exports);
  for (;;) {
    const turn = Atomics.load(board, TURN);
    Atomics.add(board, ACTIVE, 1);
    try {
      work(board, args, (...call) => functions[board[KERNEL]!]!(...call));
    } catch (error) {
      fail(memory, error);
    } finally {
      if (Atomics.sub(board, ACTIVE, 1) === 1) Atomics.notify(board, ACTIVE);
    }
    // Nobody waits for these: a new job comes first.
    try {
      while (Atomics.load(board, TURN) === turn && (later.step() || touchAhead(board, memory)));
    } catch (error) {
      fail(memory, error);
    }
    for (let spin = 0; spin < SPINS && Atomics.load(board, TURN) === turn; spin++);
    Atomics.add(board, SLEEPING, 1);
    Atomics.wait(board, TURN, turn);
    Atomics.sub(board, SLEEPING, 1);
  }
}
