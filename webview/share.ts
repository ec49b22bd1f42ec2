type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/**
 * `after` with every part that equals its counterpart in `before` replaced by that counterpart: equal
 * data is the same object again, so what is drawn from it need not be drawn anew. For plain data only.
 */
export function share<T>(before: unknown, after: T): T {
  if (!isFields(before) || !isFields(after)) return after;
  if (Array.isArray(before) !== Array.isArray(after)) return after;
  const entries = Object.entries(after);
  const shared = entries.map(([key, value]) => [key, share(before[key], value)] as const);
  const isSame =
    Object.keys(before).length === entries.length &&
    shared.every(([key, value]) => Object.hasOwn(before, key) && Object.is(value, before[key]));
  if (isSame) return before as T;
  const whole = Array.isArray(after)
    ? shared.map(([, value]) => value)
    : Object.fromEntries(shared);
  return whole as T;
}
