// Elementwise functions of two numbers, in f64; op is a place in kernels.ts' BINARY.

/** C's pow: pow(1, NaN) and pow(±1, ±∞) are 1. */
export function power(a: f64, b: f64): f64 {
  if (a == 1 || (a == -1 && Math.abs(b) == Infinity)) return 1;
  if (b == 2) return a * a;
  if (b == 3) return a * a * a;
  if (b == 0.5) return a == -Infinity ? Infinity : Math.sqrt(a) + 0;
  return Math.pow(a, b);
}

/** Python's %: the divisor's sign. */
function remainder(a: f64, b: f64): f64 {
  const r = a % b;
  return r != 0 && r < 0 != b < 0 ? r + b : r;
}

/** Python's //, exact also where a/b rounds up to an integer. Source: CPython's float_divmod. */
function floorDivide(a: f64, b: f64): f64 {
  if (b == 0) return a / b;
  const r = a % b;
  let q = (a - r) / b;
  if (r != 0 && r < 0 != b < 0) q -= 1;
  if (q == 0) return Math.signbit(a / b) ? -0.0 : 0;
  const f = Math.floor(q);
  return q - f > 0.5 ? f + 1 : f;
}

@inline
function int(x: f64): i64 {
  return Math.abs(x) < 9223372036854775808.0 ? <i64>x : i64.MIN_VALUE;
}

function logaddexp(a: f64, b: f64): f64 {
  if (a == b && Math.abs(a) == Infinity) return a;
  return (a > b || a != a ? a : b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

export function pair(op: i32, a: f64, b: f64): f64 {
  switch (op) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    case 4: return power(a, b);
    case 5: return max<f64>(a, b); // wasm's propagate NaN
    case 6: return min<f64>(a, b);
    case 7: return a % b;
    case 8: return remainder(a, b);
    case 9: return floorDivide(a, b);
    case 10: return Math.trunc(a / b);
    case 11: return Math.atan2(a, b);
    case 12: return <f64>(int(a) & int(b));
    case 13: return <f64>(int(a) | int(b));
    case 14: return <f64>(int(a) ^ int(b));
    case 15: return <u64>int(b) > 63 ? 0 : <f64>(int(a) << int(b));
    case 16: return <f64>(int(a) >> (<u64>int(b) > 63 ? 63 : int(b)));
    case 17: return copysign<f64>(a, b);
    case 18: return Math.hypot(a, b);
    default: return logaddexp(a, b); // 19
  }
}
