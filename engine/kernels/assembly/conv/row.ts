// Rows of pictures: too short for memory.copy and memory.fill, which are calls.

/** n numbers. */
@inline
export function copyRow<T>(to: usize, from: usize, n: i32): void {
  const W: i32 = 16 / sizeof<T>();
  let i = 0;
  for (; i + W <= n; i += W) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; i < n; i++) {
    store<T>(to, load<T>(from));
    to += sizeof<T>();
    from += sizeof<T>();
  }
}

/** n zeros. */
@inline
export function clearRow<T>(to: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<T>(to + <usize>i * sizeof<T>(), 0);
}
