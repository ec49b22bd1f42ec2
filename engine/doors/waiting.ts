/** Waiting that ends: by a signal, or by time. */

/** What `promise` gives, unless the signal is given first, or has been. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  aborted: () => Error,
): Promise<T> {
  if (!signal) return promise;
  let stop = (): void => undefined;
  const abort = new Promise<never>((_, reject) => {
    stop = () => {
      reject(aborted());
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([abort, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Of time that is counted at once. */
const STEP_MS = 100;

/**
 * `act` after `ms` milliseconds in which this thread was awake, and after all messages that have come by then: a machine that slept, or a process that was
 * stopped, wakes to its timers first, and those whom it waits for slept as long. → calls it off.
 */
export function afterAll(ms: number, act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const wait = (left: number): void => {
    if (left > 0) timer = setTimeout(wait, Math.min(left, STEP_MS), left - STEP_MS);
    else last = setImmediate(act);
  };
  wait(ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}
