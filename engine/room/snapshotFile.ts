/**
 * The snapshot's file. Of Python's memory it holds the pages in which it differs from the memory of a fresh instance: a boot
 * reads them from the file to their places and copies nothing else.
 *
 * Layout, little-endian: mark, bytes of the head, bytes of memory, number of runs as u32; (place, length) of each run as
 * u32; the head; the runs' bytes.
 */

const MARK = 0x31535243; // "CRS1"
const PREFIX = 16;
const PAGE = 4096;
/** Equal pages between two runs that are stored all the same: one read takes a limited number of runs. */
const GAP = 8 * PAGE;

/** Bytes of memory from `place` on, both multiples of a page. */
export interface Run {
  readonly place: number;
  readonly length: number;
}

export interface SnapshotIndex {
  /** What Pyodide puts before the memory: its build and its JavaScript values. */
  readonly head: Uint8Array;
  readonly memoryBytes: number;
  readonly runs: readonly Run[];
  /** Where in the file the first run's bytes stand. */
  readonly start: number;
}

export interface SnapshotFile extends SnapshotIndex {
  /** Descriptor of the open file; the process's threads share it. */
  readonly file: number;
}

const words = (bytes: Uint8Array): BigUint64Array =>
  new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);

/** Where `memory` is not as `fresh`, which is zero beyond its end. Both begin at a multiple of 8 bytes in their buffers. */
function changedRuns(memory: Uint8Array, fresh: Uint8Array): Run[] {
  const [now, before] = [words(memory), words(fresh)];
  const runs: { place: number; length: number }[] = [];
  for (let place = 0; place < memory.length; place += PAGE) {
    let word = place / 8;
    const end = word + PAGE / 8;
    while (word < end && now[word] === (before[word] ?? 0n)) word++;
    if (word === end) continue;
    const last = runs.at(-1);
    if (last && place - last.place - last.length <= GAP) last.length = place + PAGE - last.place;
    else runs.push({ place, length: PAGE });
  }
  return runs;
}

/** The file's parts in order. `snapshot`: Pyodide's own, head and memory in one; `fresh`: memory that a boot will find. */
export function writeSnapshot(snapshot: Uint8Array, fresh: Uint8Array): Uint8Array[] {
  const headBytes = new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(4, true);
  // A copy: Pyodide's head need not end at a multiple of 8.
  const memory = snapshot.slice(headBytes);
  const runs = changedRuns(memory, fresh);
  const prefix = Uint32Array.of(
    ...[MARK, headBytes, memory.length, runs.length],
    ...runs.flatMap(({ place, length }) => [place, length]),
  );
  return [
    new Uint8Array(prefix.buffer),
    snapshot.subarray(0, headBytes),
    ...runs.map(({ place, length }) => memory.subarray(place, place + length)),
  ];
}

/** `read(place, length)` gives bytes of the file. Null where it is no such file, or one of another layout. */
export function readIndex(
  read: (place: number, length: number) => Uint8Array,
): SnapshotIndex | null {
  const view = (place: number, length: number): DataView => {
    const bytes = read(place, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  };
  const prefix = view(0, PREFIX);
  if (prefix.byteLength < PREFIX || prefix.getUint32(0, true) !== MARK) return null;
  const [headBytes, memoryBytes, count] = [4, 8, 12].map((at) => prefix.getUint32(at, true)) as [
    number,
    number,
    number,
  ];
  const table = view(PREFIX, 8 * count);
  const runs = Array.from({ length: count }, (_, i) => ({
    place: table.getUint32(8 * i, true),
    length: table.getUint32(8 * i + 4, true),
  }));
  const headAt = PREFIX + 8 * count;
  return { head: read(headAt, headBytes), memoryBytes, runs, start: headAt + headBytes };
}
