// x · scale[b] + shift[b] over [A, B, C].

/** scale or shift may be 0: absent. */
export function affine(t: i32, out: usize, x: usize, scale: usize, shift: usize, A: i32, B: i32, C: i32): void {
  if (t == 0) affineAll<f32>(out, x, scale, shift, A, B, C);
  else affineAll<f64>(out, x, scale, shift, A, B, C);
}

function affineAll<T>(out: usize, x: usize, scale: usize, shift: usize, A: i32, B: i32, C: i32): void {
  const W: i32 = 16 / sizeof<T>();
  if (C == 1) {
    // b runs along memory
    for (let a = 0; a < A; a++) {
      let b = 0;
      for (; b + W <= B; b += W) {
        const place = <usize>b * sizeof<T>();
        let v = v128.load(x + place);
        if (scale) v = v128.mul<T>(v, v128.load(scale + place));
        if (shift) v = v128.add<T>(v, v128.load(shift + place));
        v128.store(out + place, v);
      }
      for (; b < B; b++) {
        const place = <usize>b * sizeof<T>();
        let v = load<T>(x + place);
        if (scale) v = v * load<T>(scale + place);
        if (shift) v = v + load<T>(shift + place);
        store<T>(out + place, v);
      }
      x += <usize>B * sizeof<T>();
      out += <usize>B * sizeof<T>();
    }
    return;
  }
  for (let a = 0; a < A; a++)
    for (let b = 0; b < B; b++) {
      const s = scale ? load<T>(scale + <usize>b * sizeof<T>()) : <T>1;
      const h = shift ? load<T>(shift + <usize>b * sizeof<T>()) : <T>0;
      const s4 = v128.splat<T>(s);
      const h4 = v128.splat<T>(h);
      let c = 0;
      for (; c + W <= C; c += W) {
        v128.store(out, v128.add<T>(v128.mul<T>(v128.load(x), s4), h4));
        x += 16;
        out += 16;
      }
      for (; c < C; c++) {
        store<T>(out, load<T>(x) * s + h);
        x += sizeof<T>();
        out += sizeof<T>();
      }
    }
}
