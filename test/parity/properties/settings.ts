/** What `npm test` draws. */
export const SEED = 3;
/** Programs per property. */
export const RUNS = 8;
