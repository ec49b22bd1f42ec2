/** Measurements that nobody reads yet: threads without other work make them while the run goes on. */
import type { Backend } from "../backend.ts";
import type { DType } from "../dtype.ts";
import type { StatsJob } from "../kernels/splitStats.ts";
import type { Stats } from "../report.ts";
import type { Storage, Tensor } from "../tensor.ts";
import { statsFrom, statsOf } from "./stats.ts";

/** Takes a tensor's numbers; null: of a meta tensor. */
export type Give = (stats: Stats | null) => void;

interface Waiting {
  readonly storage: Storage;
  readonly job: StatsJob;
  readonly dtype: DType;
  readonly count: number;
  readonly give: Give;
}

/** Elements from which on another thread is asked: below, waking it costs as much. */
const FROM = 8192;
/** Of storages that are kept for it; past them the run waits. */
const MOST_BYTES = 2 ** 24;

/** Measures tensors in the order in which they are given, the same bits as at once. Who writes to a storage meanwhile waits (`Storage.beforeWrite`). */
export class Measuring {
  readonly #k: Backend;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(backend: Backend) {
    this.#k = backend;
  }

  /** x's numbers as they are now, given at once or before `settle` returns. */
  measure(x: Tensor, give: Give): void {
    const { later } = this.#k;
    if (!later || x.isMeta || x.size < FROM) {
      give(statsOf(this.#k, x));
      return;
    }
    while (this.#waiting[0] && later.isDone(this.#waiting[0].job)) this.#giveFirst();
    this.#k.scoped(() => {
      const c = this.#k.contiguous(x);
      const storage = c.storage!.retain();
      const at = later.room(c.size);
      const job = later.begin(c.elem, at, c.ptr, c.size);
      const one = { storage, job, dtype: x.dtype, count: x.size, give };
      this.#waiting.push(one);
      storage.reader = () => {
        this.#giveUpTo(one);
      };
      this.#bytes += storage.bytes;
      return null;
    });
    while (this.#bytes > MOST_BYTES) this.#giveFirst();
  }

  /** Gives all that is waited for. */
  settle(): void {
    while (this.#waiting.length > 0) this.#giveFirst();
  }

  #giveUpTo(one: Waiting): void {
    while (this.#waiting.includes(one)) this.#giveFirst();
  }

  #giveFirst(): void {
    const first = this.#waiting.shift()!;
    const { storage, job, dtype, count, give } = first;
    const words = this.#k.later!.read(job);
    if (!this.#waiting.some((other) => other.storage === storage)) storage.reader = null;
    this.#bytes -= storage.bytes;
    storage.release();
    give(statsFrom(words, dtype, count));
  }
}
