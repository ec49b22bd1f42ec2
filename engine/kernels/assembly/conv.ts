// Convolutions as matrix products whose panels are packed from the image; thin groups go tap by tap.

import { scratch } from "./memory";
import { KC, MC, NC, macro, packBytesA, packBytesB } from "./gemm/driver";
import { packA } from "./gemm/pack";
import { bandBytes, makeBand, makeRows, packColumns, packRows, plainColumns, plainRows } from "./conv/columns";
import { FORWARD, GRAD_INPUT, directGradWeight, directPass, fold, foldRows, unfold } from "./conv/direct";
import {
  batch, flipGeometry, groups, inC, inPer, inPlane, outC, outPer, outPlane, readGeometry, strideD, strideH, strideW, taps,
} from "./conv/geometry";

export function conv(t: i32, out: usize, x: usize, w: usize, geo: usize): void {
  readGeometry(geo);
  if (t == 0) forward<f32>(out, x, w);
  else forward<f64>(out, x, w);
}

/** One input channel per group (depthwise), and so few outputs of it that a product would be thin. */
function thin(): bool {
  return inPer == 1 && (outPer <= 2 || taps * outPer <= 16);
}

function forward<T>(out: usize, x: usize, w: usize): void {
  if (batch * outPlane == 0) return;
  if (thin()) {
    memory.fill(out, 0, <usize>(batch * outC) * <usize>outPlane * sizeof<T>());
    directPass<T>(FORWARD, out, x, w);
  } else product<T>(out, x, w, false);
}

/** Columns of a block: whole images, or an even part of one, a multiple of 8. */
function blockColumns(most: i32): i32 {
  if (outPlane <= most) return outPlane * max(1, min(batch, most / outPlane));
  const parts = (outPlane + most - 1) / most;
  return min(most, ((outPlane + parts - 1) / parts + 7) & ~7);
}

/**
 * out = W · columns(x). flipped: w is the weight [inC, outPer, taps] of the convolution whose input gradient this is, so that
 * W[i, (o, tap)] = w[o, i, taps − 1 − tap].
 */
function product<T>(out: usize, x: usize, w: usize, flipped: bool): void {
  const K = inPer * taps;
  const columns = blockColumns(NC);
  const channels = min(inPer, KC / taps + 2);
  const ap = scratch(packBytesA<T>() + packBytesB<T>() + bandBytes<T>(columns, channels));
  const bp = ap + packBytesA<T>();
  const space = bp + packBytesB<T>();
  const images = columns >= outPlane ? columns / outPlane : 1;
  const most = min(columns, outPlane);
  for (let g = 0; g < groups; g++) {
    const px = x + <usize>(g * inPer) * <usize>inPlane * sizeof<T>();
    const pc = out + <usize>(g * outPer) * <usize>outPlane * sizeof<T>();
    const pw = w + <usize>(g * outPer * K) * sizeof<T>();
    for (let b = 0; b < batch; b += images) {
      const nb = min(images, batch - b);
      for (let q = 0; q < outPlane; q += most) {
        const nq = min(most, outPlane - q);
        const nc = nb * nq;
        for (let k = 0; k < K; k += KC) {
          const kc = min(KC, K - k);
          makeBand<T>(space, px, b, nb, q, nq, k / taps, (k + kc - 1) / taps + 1);
          makeRows<T>(k, kc);
          packColumns<T>(bp, nc, kc);
          for (let i = 0; i < outPer; i += MC) {
            const mc = min(MC, outPer - i);
            if (flipped) packFlipped<T>(ap, pw, i, mc, k, kc);
            else packA<T>(ap, pw + <usize>(i * K + k) * sizeof<T>(), K, 1, mc, kc, kc);
            macro<T>(
              ap, bp, pc + <usize>i * <usize>outPlane * sizeof<T>(), outPlane, mc, nc, kc, k > 0, b * outPlane + q, outPlane,
              <isize>outC * outPlane,
            );
          }
        }
      }
    }
  }
}

/** Rows i.. of the flipped weight, columns k..k+kc; here inPer counts the weight's outputs and outPer its inputs. */
function packFlipped<T>(ap: usize, w: usize, i: i32, mc: i32, k: i32, kc: i32): void {
  if (taps == 1) {
    packA<T>(ap, w + <usize>(k * outPer + i) * sizeof<T>(), 1, outPer, mc, kc, kc);
    return;
  }
  let done = 0;
  while (done < kc) {
    const o = (k + done) / taps;
    const tap = (k + done) % taps;
    const count = min(taps - tap, kc - done);
    const from = w + <usize>((o * outPer + i) * taps + taps - 1 - tap) * sizeof<T>();
    packSegment<T>(ap, from, mc, count, kc, done);
    done += count;
  }
}

@inline
function packSegment<T>(ap: usize, from: usize, mc: i32, count: i32, depth: i32, at: i32): void {
  packA<T>(ap + <usize>at * panelRow<T>(), from, taps, -1, mc, count, depth);
}

@inline
function panelRow<T>(): usize {
  return (ASC_FEATURE_RELAXED_SIMD ? 6 : 4) * sizeof<T>();
}

export function convGradInput(t: i32, out: usize, ct: usize, w: usize, geo: usize): void {
  readGeometry(geo);
  if (t == 0) gradInput<f32>(out, ct, w);
  else gradInput<f64>(out, ct, w);
}

function gradInput<T>(out: usize, ct: usize, w: usize): void {
  if (batch * inPlane == 0) return;
  const direct = inPer == 1; // a single row of the product
  if (!direct && strideD == 1 && strideH == 1 && strideW == 1) {
    flipGeometry();
    product<T>(out, ct, w, true);
    return;
  }
  memory.fill(out, 0, <usize>(batch * inC) * <usize>inPlane * sizeof<T>());
  if (direct) directPass<T>(GRAD_INPUT, ct, out, w);
  else if (outPlane > 0) gradInputFold<T>(out, ct, w);
}

/** Blocks of Wᵀ · ct in scratch, added into the input's gradient while they are in cache. */
function gradInputFold<T>(out: usize, ct: usize, w: usize): void {
  const K = inPer * taps;
  const columns = blockColumns(NC);
  const wide = (columns + 7) & ~7;
  const blockBytes = <usize>wide * MC * sizeof<T>();
  const ap = scratch(packBytesA<T>() + blockBytes + <usize>wide * <usize>outPer * sizeof<T>());
  const block = ap + packBytesA<T>();
  const bp = block + blockBytes;
  const images = columns >= outPlane ? columns / outPlane : 1;
  const most = min(columns, outPlane);
  for (let g = 0; g < groups; g++) {
    const pw = w + <usize>(g * outPer * K) * sizeof<T>();
    for (let b = 0; b < batch; b += images) {
      const nb = min(images, batch - b);
      const px = out + <usize>(b * inC + g * inPer) * <usize>inPlane * sizeof<T>();
      for (let q = 0; q < outPlane; q += most) {
        const nq = min(most, outPlane - q);
        const nc = nb * nq;
        const panels = (<usize>nc * sizeof<T>() + 31) & ~31; // bytes of one matrix row over all panels
        plainColumns<T>(ct + <usize>(b * outC + g * outPer) * <usize>outPlane * sizeof<T>(), outC, outPlane, nb, q, nq);
        for (let k = 0; k < outPer; k += KC) {
          const kc = min(KC, outPer - k);
          plainRows<T>(k, kc, outPlane);
          packColumns<T>(bp + <usize>k * panels, nc, kc);
        }
        for (let i = 0; i < K; i += MC) {
          const mc = min(MC, K - i);
          for (let k = 0; k < outPer; k += KC) {
            const kc = min(KC, outPer - k);
            packA<T>(ap, pw + <usize>(k * K + i) * sizeof<T>(), 1, K, mc, kc, kc);
            macro<T>(ap, bp + <usize>k * panels, block, wide, mc, nc, kc, k > 0, 0, 0, 0);
          }
          foldRows<T>(block, <usize>wide * sizeof<T>(), px, i, mc, nb, q, nq);
        }
      }
    }
  }
}

export function convGradWeight(t: i32, out: usize, ct: usize, x: usize, geo: usize): void {
  readGeometry(geo);
  if (t == 0) gradWeight<f32>(out, ct, x);
  else gradWeight<f64>(out, ct, x);
}

/** dW = ct · columns(x)ᵀ: the inner dimension is positions, over images, in blocks of up to KC. */
function gradWeight<T>(out: usize, ct: usize, x: usize): void {
  const K = inPer * taps;
  if (batch * outPlane == 0) {
    memory.fill(out, 0, <usize>(outC * K) * sizeof<T>());
    return;
  }
  if (thin()) return directGradWeight<T>(out, ct, x);
  const columns = blockColumns(KC);
  const channels = min(inPer, NC / taps + 2);
  const ap = scratch(packBytesA<T>() + packBytesB<T>() + bandBytes<T>(columns, channels));
  const bp = ap + packBytesA<T>();
  const space = bp + packBytesB<T>();
  const images = columns >= outPlane ? columns / outPlane : 1;
  const most = min(columns, outPlane);
  for (let g = 0; g < groups; g++) {
    const px = x + <usize>(g * inPer) * <usize>inPlane * sizeof<T>();
    const pc = out + <usize>(g * outPer * K) * sizeof<T>();
    for (let j = 0; j < K; j += NC) {
      const nc = min(NC, K - j);
      for (let b = 0; b < batch; b += images) {
        const nb = min(images, batch - b);
        for (let q = 0; q < outPlane; q += most) {
          const nq = min(most, outPlane - q);
          const kc = nb * nq;
          makeBand<T>(space, px, b, nb, q, nq, j / taps, (j + nc - 1) / taps + 1);
          makeRows<T>(j, nc);
          packRows<T>(bp, nc, kc);
          for (let i = 0; i < outPer; i += MC) {
            const mc = min(MC, outPer - i);
            for (let z = 0; z < nb; z++)
              packA<T>(
                ap + <usize>(z * nq) * panelRow<T>(),
                ct + (<usize>((b + z) * outC + g * outPer + i) * <usize>outPlane + <usize>q) * sizeof<T>(), outPlane, 1, mc, nq, kc,
              );
            macro<T>(ap, bp, pc + <usize>(i * K) * sizeof<T>(), K, mc, nc, kc, b > 0 || q > 0, j, 0, 0);
          }
        }
      }
    }
  }
}

export function im2col(t: i32, out: usize, x: usize, geo: usize): void {
  readGeometry(geo);
  memory.fill(out, 0, (<usize>(batch * inC * taps) * <usize>outPlane) << (t == 0 ? 2 : 3));
  if (t == 0) unfold<f32>(out, x);
  else unfold<f64>(out, x);
}

export function col2im(t: i32, out: usize, x: usize, geo: usize): void {
  readGeometry(geo);
  memory.fill(out, 0, (<usize>(batch * inC) * <usize>inPlane) << (t == 0 ? 2 : 3));
  if (t == 0) fold<f32>(x, out);
  else fold<f64>(x, out);
}
