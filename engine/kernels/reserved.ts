/** Bytes at the start of memory that the heap never gives out, the same in every thread. */

/** Static data of the kernels end before here, and those of their joined loops (wide.ts) begin: build.mjs has the number, too. */
export const JOINED_STATIC = 16384;
const STATIC_BYTES = 20480;
/** Small working space of one instance of the kernels (assembly/memory.ts). */
const SPACE_BYTES = 13184;
/** The main instance and its helpers. */
export const MAX_INSTANCES = 9;

/** Where instance `i` keeps its working space; 0 is the main one. */
export const spaceOf = (i: number): number => STATIC_BYTES + i * SPACE_BYTES;

/** The pool's board (pool.ts). */
export const BOARD = spaceOf(MAX_INSTANCES);
export const RESERVED = 196608;
