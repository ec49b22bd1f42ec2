/** Numeric agreement: one number, and lists. */

/** |ours − theirs| / |theirs|; 0 where both are equal (also both 0, both NaN), ∞ where theirs alone is 0. */
export function relative(ours: number, theirs: number): number {
  if (Object.is(ours, theirs) || ours === theirs) return 0;
  if (Number.isNaN(ours) || Number.isNaN(theirs)) return Infinity;
  return Math.abs(ours - theirs) / Math.abs(theirs);
}

/**
 * Largest |ours − theirs| / (|theirs| + scale) of two lists; ∞ where the lengths differ.
 * `scale` is the size below which an element counts as rounding, say the list's root mean square.
 */
export function deviation(ours: readonly number[], theirs: readonly number[], scale = 0): number {
  if (ours.length !== theirs.length) return Infinity;
  let worst = 0;
  for (const [i, theirValue] of theirs.entries()) {
    const ourValue = ours[i] ?? NaN;
    if (Object.is(ourValue, theirValue) || ourValue === theirValue) continue;
    const off = Math.abs(ourValue - theirValue) / (Math.abs(theirValue) + scale);
    worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
  }
  return worst;
}

export function allclose(
  ours: readonly number[],
  theirs: readonly number[],
  tolerance: number,
): boolean {
  const squares = theirs.reduce((sum, x) => sum + (Number.isFinite(x) ? x * x : 0), 0);
  return deviation(ours, theirs, Math.sqrt(squares / Math.max(1, theirs.length))) <= tolerance;
}
