/** Measurements that nobody reads yet: threads without other work make them while the run goes on. */
import type { Backend } from "../backend.ts";
import type { StatsJob } from "../kernels/splitStats.ts";
import type { Stats } from "../report.ts";
import type { Storage, Tensor } from "../tensor.ts";
import { statsFrom, statsOf } from "./stats.ts";

/** Takes a tensor's numbers; null: of a meta tensor. */
export type Give = (stats: Stats | null) => void;

/** One pass over a storage's elements, and who waits for its numbers. */
interface Pass extends Pick<Tensor, "dtype" | "size" | "offset"> {
  readonly storage: Storage;
  readonly version: number;
  readonly job: StatsJob;
  readonly reader: () => void;
  /** What is kept for it alone. */
  readonly bytes: number;
  readonly gives: Give[];
  stats: Stats | null;
}

/** Elements from which on another thread is asked: below, waking it costs as much. */
const FROM = 8192;
/** Of storages that are kept for it; past them the run waits. */
const MOST_BYTES = 2 ** 25;

/**
 * Measures tensors in the order in which they are given, the same bits as at once, and one that nobody wrote to since once. Who writes to a storage
 * meanwhile waits (`Storage.beforeWrite`).
 */
export class Measuring {
  readonly #k: Backend;
  readonly #waiting: Pass[] = [];
  /** The last pass over each storage. */
  #passes = new WeakMap<Storage, Pass>();
  #bytes = 0;

  constructor(backend: Backend) {
    this.#k = backend;
    backend.later?.onFull(() => {
      this.settle();
    });
  }

  /** x's numbers as they are now, given at once or before `settle` returns. */
  measure(x: Tensor, give: Give): void {
    if (!this.#k.later || x.isMeta || x.size < FROM) {
      give(statsOf(this.#k, x));
      return;
    }
    const known = this.#known(x);
    if (known?.stats) give(known.stats);
    else if (known) known.gives.push(give);
    else this.#begin(x, x.storage!.bytes, [give]);
    while (this.#bytes > MOST_BYTES) this.#giveFirst();
  }

  /** Somebody else keeps x, and will ask for its numbers if nobody writes to it: threads without other work may begin. */
  expect(x: Tensor): void {
    if (this.#k.later && !x.isMeta && x.size >= FROM && x.isContiguous && !this.#known(x))
      this.#begin(x, 0, []);
  }

  /** From here on everything is measured anew. */
  forget(): void {
    this.settle();
    this.#passes = new WeakMap();
  }

  /** Gives all that is waited for. */
  settle(): void {
    while (this.#waiting.length > 0) this.#giveFirst();
  }

  #known({ storage, dtype, size, offset, isContiguous }: Tensor): Pass | null {
    const pass = storage && isContiguous ? this.#passes.get(storage) : undefined;
    if (pass?.version !== storage?.version || pass?.dtype !== dtype) return null;
    return pass?.size === size && pass.offset === offset ? pass : null;
  }

  #begin(x: Tensor, bytes: number, gives: Give[]): void {
    const later = this.#k.later!;
    while (this.#waiting[0] && later.isDone(this.#waiting[0].job)) this.#giveFirst();
    this.#k.scoped(() => {
      const c = this.#k.contiguous(x);
      const { dtype, size, offset } = c;
      const storage = c.storage!.retain();
      const at = later.room(size);
      const job = later.begin(c.elem, at, c.ptr, size);
      const reader = (): void => {
        while (this.#waiting.includes(pass)) this.#giveFirst();
      };
      const { version } = storage;
      const pass: Pass = { ...{ dtype, size, offset, storage, version, job, reader, bytes, gives }, stats: null }; // prettier-ignore
      storage.reader = reader;
      storage.isMeasured = true;
      this.#waiting.push(pass);
      this.#passes.set(storage, pass);
      this.#bytes += bytes;
      return null;
    });
  }

  #giveFirst(): void {
    const pass = this.#waiting.shift()!;
    const { storage, job, dtype, size, reader, bytes, gives } = pass;
    pass.stats = statsFrom(this.#k.later!.read(job), dtype, size);
    // Those before it are read: its own reader stays there only for a later pass.
    if (storage.reader === reader) storage.reader = null;
    this.#bytes -= bytes;
    storage.release();
    for (const give of gives.splice(0)) give(pass.stats);
  }
}
