// Pooling over up to three axes. Words of a geometry block are places in kernels.ts' POOL_GEOMETRY.

@inline
function word(geo: usize, i: i32): i32 {
  return load<i32>(geo + (<usize>i << 2));
}

// The present window in the input: from .. to, exclusive, along each axis.
let fromD: i32 = 0;
let toD: i32 = 0;
let fromH: i32 = 0;
let toH: i32 = 0;
let fromW: i32 = 0;
let toW: i32 = 0;

@inline
function firstInside(start: i32, step: i32): i32 {
  return start >= 0 ? start : start + ((step - 1 - start) / step) * step;
}

export function maxPool(t: i32, out: usize, idx: usize, x: usize, geo: usize): void {
  if (t == 0) maxPlanes<f32>(out, idx, x, geo);
  else maxPlanes<f64>(out, idx, x, geo);
}

function maxPlanes<T>(out: usize, idx: usize, x: usize, geo: usize): void {
  const inD = word(geo, 1), inH = word(geo, 2), inW = word(geo, 3);
  const kD = word(geo, 4), kH = word(geo, 5), kW = word(geo, 6);
  const dilD = word(geo, 13), dilH = word(geo, 14), dilW = word(geo, 15);
  const outD = word(geo, 16), outH = word(geo, 17), outW = word(geo, 18);
  const strideW = word(geo, 9);
  for (let c = 0; c < word(geo, 0); c++) {
    for (let d = 0; d < outD; d++) {
      const startD = d * word(geo, 7) - word(geo, 10);
      fromD = firstInside(startD, dilD);
      toD = min(startD + (kD - 1) * dilD + 1, inD);
      for (let h = 0; h < outH; h++) {
        const startH = h * word(geo, 8) - word(geo, 11);
        fromH = firstInside(startH, dilH);
        toH = min(startH + (kH - 1) * dilH + 1, inH);
        for (let w = 0; w < outW; w++) {
          const startW = w * strideW - word(geo, 12);
          if (sizeof<T>() == 4 && w + 4 <= outW && startW >= 0 && startW + 3 * strideW + (kW - 1) * dilW < inW) {
            fromW = startW;
            toW = startW + (kW - 1) * dilW + 1;
            fourWindows(out, idx, x, inH, inW, dilD, dilH, dilW, strideW);
            out += 16;
            idx += 32;
            w += 3;
            continue;
          }
          fromW = firstInside(startW, dilW);
          toW = min(startW + (kW - 1) * dilW + 1, inW);
          const place = maxWindow<T>(x, inH, inW, dilD, dilH, dilW);
          store<T>(out, load<T>(x + <usize>place * sizeof<T>()));
          store<f64>(idx, <f64>place);
          out += sizeof<T>();
          idx += 8;
        }
      }
    }
    x += <usize>inD * <usize>inH * <usize>inW * sizeof<T>();
  }
}

/** Four f32 windows side by side, all inside the input along W; the present window is the first. */
function fourWindows(
  out: usize, idx: usize, x: usize, inH: i32, inW: i32, dilD: i32, dilH: i32, dilW: i32, strideW: i32,
): void {
  const startW = fromW;
  const endW = toW;
  const endH = toH;
  const stride = <usize>strideW << 2;
  let place = i32x4.splat((fromD * inH + fromH) * inW + startW);
  let best = fourApart(x + (<usize>((fromD * inH + fromH) * inW + startW) << 2), stride);
  for (let d = fromD; d < toD; d += dilD)
    for (let h = fromH; h < endH; h += dilH) {
      const row = (d * inH + h) * inW;
      for (let w = startW; w < endW; w += dilW) {
        const v = fourApart(x + (<usize>(row + w) << 2), stride);
        const wins = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
        best = v128.bitselect(v, best, wins);
        place = v128.bitselect(i32x4.splat(row + w), place, wins);
      }
    }
  v128.store(out, best);
  const low = f64x2.convert_low_i32x4_s(place);
  const high = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(place, place, 1, 1));
  const s = <f64>strideW;
  v128.store(idx, f64x2.add(low, f64x2.replace_lane(f64x2.splat(0), 1, s)));
  v128.store(idx, f64x2.add(high, f64x2.replace_lane(f64x2.splat(3 * s), 0, 2 * s)), 16);
}

/** Four f32, `stride` bytes apart; nothing beyond the last is read. */
@inline
function fourApart(p: usize, stride: usize): v128 {
  if (stride == 4) return v128.load(p);
  if (stride == 8) return v128.shuffle<i32>(v128.load(p), v128.load(p, 12), 0, 2, 5, 7);
  let v = v128.load32_zero(p);
  v = v128.load32_lane(p + stride, v, 1);
  v = v128.load32_lane(p + 2 * stride, v, 2);
  return v128.load32_lane(p + 3 * stride, v, 3);
}

/** Place of the present window's maximum: the first of equals, the last NaN. */
@inline
function maxWindow<T>(x: usize, inH: i32, inW: i32, dilD: i32, dilH: i32, dilW: i32): i32 {
  let place = (fromD * inH + fromH) * inW + fromW;
  let best = load<T>(x + <usize>place * sizeof<T>());
  const endW = toW;
  const startW = fromW;
  for (let d = fromD; d < toD; d += dilD)
    for (let h = fromH; h < toH; h += dilH) {
      const row = (d * inH + h) * inW;
      for (let w = startW; w < endW; w += dilW) {
        const v = load<T>(x + <usize>(row + w) * sizeof<T>());
        const wins = v > best || v != v; // without a branch, which data would make unpredictable
        best = select<T>(v, best, wins);
        place = select<i32>(row + w, place, wins);
      }
    }
  return place;
}

/** Length of output o's window in the padded input. */
@inline
function clipped(o: i32, length: i32, k: i32, stride: i32, pad: i32): i32 {
  const start = o * stride - pad;
  return min(start + k, length + pad) - start;
}

export function avgPool(t: i32, out: usize, x: usize, geo: usize, countIncludePad: i32, divisor: f64): void {
  if (t == 0) averagePlanes<f32>(out, x, geo, countIncludePad != 0, divisor, false);
  else averagePlanes<f64>(out, x, geo, countIncludePad != 0, divisor, false);
}

export function avgPoolGrad(t: i32, out: usize, ct: usize, geo: usize, countIncludePad: i32, divisor: f64): void {
  const planes = <usize>word(geo, 0) * <usize>word(geo, 1) * <usize>word(geo, 2) * <usize>word(geo, 3);
  memory.fill(out, 0, planes << (t == 0 ? 2 : 3));
  if (t == 0) averagePlanes<f32>(ct, out, geo, countIncludePad != 0, divisor, true);
  else averagePlanes<f64>(ct, out, geo, countIncludePad != 0, divisor, true);
}

/** Forward: y = means of x's windows. Backward: x += y spread over its windows. */
function averagePlanes<T>(y: usize, x: usize, geo: usize, includePad: bool, divisor: f64, back: bool): void {
  const inD = word(geo, 1), inH = word(geo, 2), inW = word(geo, 3);
  const kD = word(geo, 4), kH = word(geo, 5), kW = word(geo, 6);
  for (let c = 0; c < word(geo, 0); c++) {
    for (let d = 0; d < word(geo, 16); d++) {
      const startD = d * word(geo, 7) - word(geo, 10);
      const sizeD = clipped(d, inD, kD, word(geo, 7), word(geo, 10));
      fromD = max(startD, 0);
      toD = min(startD + kD, inD);
      for (let h = 0; h < word(geo, 17); h++) {
        const startH = h * word(geo, 8) - word(geo, 11);
        const sizeH = clipped(h, inH, kH, word(geo, 8), word(geo, 11));
        fromH = max(startH, 0);
        toH = min(startH + kH, inH);
        for (let w = 0; w < word(geo, 18); w++) {
          const startW = w * word(geo, 9) - word(geo, 12);
          const sizeW = clipped(w, inW, kW, word(geo, 9), word(geo, 12));
          fromW = max(startW, 0);
          toW = min(startW + kW, inW);
          const inside = (toD - fromD) * (toH - fromH) * (toW - fromW);
          const by = divisor != 0 ? divisor : <f64>(includePad ? sizeD * sizeH * sizeW : inside);
          if (back) spread<T>(x, inH, inW, <f64>load<T>(y) / by);
          else store<T>(y, <T>(total<T>(x, inH, inW) / by));
          y += sizeof<T>();
        }
      }
    }
    x += <usize>inD * <usize>inH * <usize>inW * sizeof<T>();
  }
}

@inline
function total<T>(x: usize, inH: i32, inW: i32): f64 {
  let sum: f64 = 0;
  for (let d = fromD; d < toD; d++)
    for (let h = fromH; h < toH; h++) {
      const row = x + <usize>((d * inH + h) * inW) * sizeof<T>();
      for (let w = fromW; w < toW; w++) sum += <f64>load<T>(row + <usize>w * sizeof<T>());
    }
  return sum;
}

@inline
function spread<T>(x: usize, inH: i32, inW: i32, by: f64): void {
  for (let d = fromD; d < toD; d++)
    for (let h = fromH; h < toH; h++) {
      const row = x + <usize>((d * inH + h) * inW) * sizeof<T>();
      for (let w = fromW; w < toW; w++) {
        const p = row + <usize>w * sizeof<T>();
        store<T>(p, <T>(<f64>load<T>(p) + by));
      }
    }
}

export function adaptiveAvgPool(
  t: i32, out: usize, x: usize, planes: i32, inD: i32, inH: i32, inW: i32, oD: i32, oH: i32, oW: i32,
): void {
  if (t == 0) adaptive<f32>(out, 0, x, planes, inD, inH, inW, oD, oH, oW, 0);
  else adaptive<f64>(out, 0, x, planes, inD, inH, inW, oD, oH, oW, 0);
}

export function adaptiveAvgPoolGrad(
  t: i32, out: usize, ct: usize, planes: i32, inD: i32, inH: i32, inW: i32, oD: i32, oH: i32, oW: i32,
): void {
  memory.fill(out, 0, (<usize>planes * <usize>inD * <usize>inH * <usize>inW) << (t == 0 ? 2 : 3));
  if (t == 0) adaptive<f32>(ct, 0, out, planes, inD, inH, inW, oD, oH, oW, 1);
  else adaptive<f64>(ct, 0, out, planes, inD, inH, inW, oD, oH, oW, 1);
}

export function adaptiveMaxPool(
  t: i32, out: usize, idx: usize, x: usize, planes: i32, inD: i32, inH: i32, inW: i32, oD: i32, oH: i32, oW: i32,
): void {
  if (t == 0) adaptive<f32>(out, idx, x, planes, inD, inH, inW, oD, oH, oW, 2);
  else adaptive<f64>(out, idx, x, planes, inD, inH, inW, oD, oH, oW, 2);
}

/** kind 0: means into y; 1: y spread over x; 2: maxima into y, places into idx. Windows: floor(o·in/out) .. ceil((o+1)·in/out). */
function adaptive<T>(
  y: usize, idx: usize, x: usize, planes: i32, inD: i32, inH: i32, inW: i32, oD: i32, oH: i32, oW: i32, kind: i32,
): void {
  for (let c = 0; c < planes; c++) {
    for (let d = 0; d < oD; d++) {
      fromD = (d * inD) / oD;
      toD = ((d + 1) * inD + oD - 1) / oD;
      for (let h = 0; h < oH; h++) {
        fromH = (h * inH) / oH;
        toH = ((h + 1) * inH + oH - 1) / oH;
        for (let w = 0; w < oW; w++) {
          fromW = (w * inW) / oW;
          toW = ((w + 1) * inW + oW - 1) / oW;
          const by = <f64>((toD - fromD) * (toH - fromH) * (toW - fromW));
          if (kind == 0) store<T>(y, <T>(total<T>(x, inH, inW) / by));
          else if (kind == 1) spread<T>(x, inH, inW, <f64>load<T>(y) / by);
          else {
            const place = maxWindow<T>(x, inH, inW, 1, 1, 1);
            store<T>(y, load<T>(x + <usize>place * sizeof<T>()));
            store<f64>(idx, <f64>place);
            idx += 8;
          }
          y += sizeof<T>();
        }
      }
    }
    x += <usize>inD * <usize>inH * <usize>inW * sizeof<T>();
  }
}
