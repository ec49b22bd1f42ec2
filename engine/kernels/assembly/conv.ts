// Convolutions as matrix products whose panels are packed from the image; thin groups go tap by tap.

import { scratch } from "./memory";
import { KC, MC, NC, macro, packBytesA, packBytesB } from "./gemm/driver";
import { packA } from "./gemm/pack";
import { bandBytes, makeBand, makeRows, packColumns, packRows, plainColumns, plainRows } from "./conv/columns";
import { isNarrow, narrow, packWeights } from "./conv/narrow";
import { isNarrowWeight, narrowWeight, narrowWeightScratch } from "./conv/narrowWeight";
import { FORWARD, GRAD_INPUT, GRAD_WEIGHT, directForward, directGradInput, directGradWeight, fold, foldRows, unfold } from "./conv/direct";
import { isPlanar, planarForward, planarGradInput, planarGradWeight, planarScratch } from "./conv/depthwise";
import {
  batch, flipGeometry, groups, inC, inPer, inPlane, outC, outPer, outPlane, readGeometry, strideD, strideH, strideW, taps,
} from "./conv/geometry";

// Threads share one convolution by parts: axis 0 counts what its outer loop does (FORWARD, GRAD_INPUT: planes, blocks of columns or of
// images; GRAD_WEIGHT: planes, groups or columns of the weight), axis 1 rows of a product or channels to fold into, axis 2 a product's images. A part is the
// range from..to of one axis.
const ALL: i32 = 0x7fffffff;

/** How many steps an axis has; 0: it cannot be divided. kind: FORWARD, GRAD_INPUT, GRAD_WEIGHT. */
export function convSteps(t: i32, kind: i32, geo: usize, axis: i32): i32 {
  readGeometry(geo);
  if (kind == GRAD_WEIGHT) return axis != 0 ? 0 : thin() ? outC : groups > 1 ? groups : inPer * taps;
  if (kind == FORWARD ? thin() : inPer == 1) return axis != 0 ? 0 : kind == FORWARD ? batch * outC : batch * groups;
  if (kind == GRAD_INPUT) {
    if (folds()) return axis == 0 ? groups * imageBlocks(blockColumns(NC)) : axis == 2 || groups > 1 ? 0 : inPer;
    flipGeometry();
  }
  if (axis == 1) return groups > 1 ? 0 : outPer;
  const columns = blockColumns(NC);
  if (axis == 2) return groups > 1 || columns < outPlane ? 0 : batch;
  const most = min(columns, outPlane);
  return groups * imageBlocks(columns) * ((outPlane + most - 1) / most);
}

/** Bytes of scratch that any part asks for. */
export function convScratch(t: i32, kind: i32, geo: usize): usize {
  readGeometry(geo);
  return t == 0 ? scratchOf<f32>(kind) : scratchOf<f64>(kind);
}

function scratchOf<T>(kind: i32): usize {
  if (kind == GRAD_INPUT ? inPer == 1 : thin()) return isPlanar() ? planarScratch<T>() : 0;
  if (kind == GRAD_INPUT) {
    if (folds()) return foldScratch<T>(blockColumns(NC));
    flipGeometry();
  }
  if (kind == GRAD_WEIGHT && isNarrowWeight()) return narrowWeightScratch<T>();
  return kind == GRAD_WEIGHT
    ? productScratch<T>(blockColumns(KC), min(inPer, NC / taps + 2))
    : productScratch<T>(blockColumns(NC), bandChannels());
}

/** Channels of a band: a block's, or all. */
function bandChannels(): i32 {
  return isNarrow() ? inPer : min(inPer, KC / taps + 2);
}

function productScratch<T>(columns: i32, channels: i32): usize {
  return packBytesA<T>() + packBytesB<T>() + joinedBytes<T>(columns) + bandBytes<T>(columns, channels);
}

/** Positions below which a register tile spans several images: the product is made as one matrix and then taken apart. */
const JOIN_BELOW: i32 = 32;

function isJoined<T>(): bool {
  return outPlane < JOIN_BELOW && outPlane % (32 / sizeof<T>()) != 0;
}

/** Bytes of the matrix of all images' positions. */
function joinedBytes<T>(columns: i32): usize {
  return isJoined<T>() ? <usize>outPer * <usize>((columns + 7) & ~7) * sizeof<T>() : 0;
}

/** Rows of that matrix, `pitch` bytes apart, to `images` images at `out`. */
function takeApart<T>(out: usize, joined: usize, pitch: usize, rows: i32, images: i32): void {
  const image = <usize>outC * <usize>outPlane * sizeof<T>();
  const plane = <usize>outPlane * sizeof<T>();
  for (let i = 0; i < rows; i++) {
    let from = joined;
    let to = out;
    for (let b = 0; b < images; b++) {
      for (let q: usize = 0; q < plane; q += sizeof<T>()) store<T>(to + q, load<T>(from + q));
      from += plane;
      to += image;
    }
    joined += pitch;
    out += plane;
  }
}

/** Bytes of the matrix product that is folded back, and of the cotangent's panels. */
function foldBlock<T>(columns: i32): usize {
  return <usize>((columns + 7) & ~7) * MC * sizeof<T>();
}
function foldScratch<T>(columns: i32): usize {
  return packBytesA<T>() + foldBlock<T>(columns) + <usize>((columns + 7) & ~7) * <usize>outPer * sizeof<T>();
}

/** Positions below which packing the flipped weight costs more than folding a product with the weight as it lies. */
const FOLD_BELOW: i32 = 256;

/** Whether the gradient of the input is a product folded back, or a convolution with the flipped kernel: that takes stride 1. */
function folds(): bool {
  return strideD != 1 || strideH != 1 || strideW != 1 || (taps > 1 && batch * outPlane < FOLD_BELOW);
}

/** Into how many steps the batch falls, with blocks of `columns` columns. */
function imageBlocks(columns: i32): i32 {
  const images = columns >= outPlane ? columns / max(outPlane, 1) : 1;
  return (batch + images - 1) / images;
}

export function conv(t: i32, out: usize, x: usize, w: usize, geo: usize): void {
  convPart(t, out, x, w, geo, 0, 0, ALL);
}

export function convPart(t: i32, out: usize, x: usize, w: usize, geo: usize, axis: i32, from: i32, to: i32): void {
  readGeometry(geo);
  if (t == 0) forward<f32>(out, x, w, axis, from, to);
  else forward<f64>(out, x, w, axis, from, to);
}

/** One input channel per group (depthwise), and so few outputs of it that a product would be thin. */
function thin(): bool {
  return inPer == 1 && (outPer <= 2 || taps * outPer <= 16);
}

function forward<T>(out: usize, x: usize, w: usize, axis: i32, from: i32, to: i32): void {
  if (batch * outPlane == 0) return;
  if (thin()) {
    if (isPlanar()) planarForward<T>(out, x, w, from, min(to, batch * outC));
    else directForward<T>(out, x, w, from, min(to, batch * outC));
  } else product<T>(out, x, w, false, axis, from, to);
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
function product<T>(out: usize, x: usize, w: usize, flipped: bool, axis: i32, from: i32, to: i32): void {
  const K = inPer * taps;
  const columns = blockColumns(NC);
  const ap = scratch(productScratch<T>(columns, bandChannels()));
  const firstRow = axis == 1 ? from : 0;
  const endRow = axis == 1 ? min(to, outPer) : outPer;
  const firstImage = axis == 2 ? from : 0;
  const endImage = axis == 2 ? min(to, batch) : batch;
  let step = 0;
  const bp = ap + packBytesA<T>();
  const joined = bp + packBytesB<T>();
  const space = joined + joinedBytes<T>(columns);
  const wide = (columns + 7) & ~7;
  const pitch = <usize>wide * sizeof<T>();
  const images = columns >= outPlane ? columns / outPlane : 1;
  const most = min(columns, outPlane);
  for (let g = 0; g < groups; g++) {
    const px = x + <usize>(g * inPer) * <usize>inPlane * sizeof<T>();
    const pc = out + <usize>(g * outPer) * <usize>outPlane * sizeof<T>();
    const pw = w + <usize>(g * outPer * K) * sizeof<T>();
    for (let b = firstImage; b < endImage; b += images) {
      const nb = min(images, endImage - b);
      for (let q = 0; q < outPlane; q += most) {
        const mine = axis != 0 || (step >= from && step < to);
        step++;
        if (!mine) continue;
        const nq = min(most, outPlane - q);
        const nc = nb * nq;
        if (isNarrow()) {
          makeBand<T>(space, px, b, nb, q, nq, 0, inPer);
          makeRows<T>(0, K);
          packWeights<T>(ap, pw, flipped);
          narrow<T>(ap, pc + <usize>(b * outC * outPlane + q) * sizeof<T>(), nb, q, nq);
          continue;
        }
        for (let k = 0; k < K; k += KC) {
          const kc = min(KC, K - k);
          makeBand<T>(space, px, b, nb, q, nq, k / taps, (k + kc - 1) / taps + 1);
          makeRows<T>(k, kc);
          packColumns<T>(bp, nc, kc);
          for (let i = firstRow; i < endRow; i += MC) {
            const mc = min(MC, endRow - i);
            if (flipped) packFlipped<T>(ap, pw, i, mc, k, kc);
            else packA<T>(ap, pw + <usize>(i * K + k) * sizeof<T>(), K, 1, mc, kc, kc);
            const row = <usize>i * <usize>outPlane * sizeof<T>();
            if (isJoined<T>()) macro<T>(ap, bp, joined + <usize>(i - firstRow) * pitch, wide, mc, nc, kc, k > 0, 0, 0, 0);
            else macro<T>(ap, bp, pc + row, outPlane, mc, nc, kc, k > 0, b * outPlane + q, outPlane, <isize>outC * outPlane);
          }
        }
        if (isJoined<T>())
          takeApart<T>(
            pc + <usize>(b * outC + firstRow) * <usize>outPlane * sizeof<T>(), joined, pitch, endRow - firstRow, nb,
          );
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
  convGradInputPart(t, out, ct, w, geo, 0, 0, ALL);
}

export function convGradInputPart(
  t: i32, out: usize, ct: usize, w: usize, geo: usize, axis: i32, from: i32, to: i32,
): void {
  readGeometry(geo);
  if (t == 0) gradInput<f32>(out, ct, w, axis, from, to);
  else gradInput<f64>(out, ct, w, axis, from, to);
}

function gradInput<T>(out: usize, ct: usize, w: usize, axis: i32, from: i32, to: i32): void {
  if (batch * inPlane == 0) return;
  if (inPer == 1) {
    // a single row of the product
    if (outPlane > 0 && isPlanar()) planarGradInput<T>(out, ct, w, from, min(to, batch * groups));
    else directGradInput<T>(out, ct, w, from, min(to, batch * groups));
  } else if (outPlane > 0 && !folds()) {
    flipGeometry();
    product<T>(out, ct, w, true, axis, from, to);
  } else if (outPlane > 0) gradInputFold<T>(out, ct, w, axis, from, to);
  else memory.fill(out, 0, <usize>(batch * inC) * <usize>inPlane * sizeof<T>());
}

/** Blocks of Wᵀ · ct in scratch, added into the input's gradient while they are in cache. */
function gradInputFold<T>(out: usize, ct: usize, w: usize, axis: i32, from: i32, to: i32): void {
  const firstChannel = axis == 1 ? from : 0;
  const endChannel = axis == 1 ? min(to, inPer) : inPer;
  const K = inPer * taps;
  const columns = blockColumns(NC);
  const wide = (columns + 7) & ~7;
  const ap = scratch(foldScratch<T>(columns));
  const block = ap + packBytesA<T>();
  const bp = block + foldBlock<T>(columns);
  let step = 0;
  const images = columns >= outPlane ? columns / outPlane : 1;
  const most = min(columns, outPlane);
  for (let g = 0; g < groups; g++) {
    const pw = w + <usize>(g * outPer * K) * sizeof<T>();
    for (let b = 0; b < batch; b += images) {
      const mine = axis == 1 || (step >= from && step < to);
      step++;
      if (!mine) continue;
      const nb = min(images, batch - b);
      for (let z = 0; z < nb; z++)
        memory.fill(
          out + <usize>((b + z) * inC + g * inPer + firstChannel) * <usize>inPlane * sizeof<T>(), 0,
          <usize>(endChannel - firstChannel) * <usize>inPlane * sizeof<T>(),
        );
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
        for (let i = firstChannel * taps; i < endChannel * taps; i += MC) {
          const mc = min(MC, endChannel * taps - i);
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
  convGradWeightPart(t, out, ct, x, geo, 0, 0, ALL);
}

export function convGradWeightPart(
  t: i32, out: usize, ct: usize, x: usize, geo: usize, axis: i32, from: i32, to: i32,
): void {
  readGeometry(geo);
  if (t == 0) gradWeight<f32>(out, ct, x, from, to);
  else gradWeight<f64>(out, ct, x, from, to);
}

/** dW = ct · columns(x)ᵀ: the inner dimension is positions, over images, in blocks of up to KC. */
function gradWeight<T>(out: usize, ct: usize, x: usize, from: i32, to: i32): void {
  const K = inPer * taps;
  if (batch * outPlane == 0) {
    memory.fill(out, 0, <usize>(outC * K) * sizeof<T>());
    return;
  }
  if (thin()) {
    if (isPlanar()) planarGradWeight<T>(out, ct, x, from, min(to, outC));
    else directGradWeight<T>(out, ct, x, from, min(to, outC));
    return;
  }
  if (isNarrowWeight()) {
    const sums = scratch(narrowWeightScratch<T>());
    for (let g = from; g < min(to, groups); g++)
      narrowWeight<T>(
        out + <usize>(g * outPer * K) * sizeof<T>(), ct + <usize>(g * outPer) * <usize>outPlane * sizeof<T>(),
        x + <usize>(g * inPer) * <usize>inPlane * sizeof<T>(), sums,
      );
    return;
  }
  const columns = blockColumns(KC);
  const ap = scratch(productScratch<T>(columns, min(inPer, NC / taps + 2)));
  const firstGroup = groups > 1 ? from : 0;
  const endGroup = groups > 1 ? min(to, groups) : 1;
  const firstColumn = groups > 1 ? 0 : from;
  const endColumn = groups > 1 ? K : min(to, K);
  const bp = ap + packBytesA<T>();
  const space = bp + packBytesB<T>();
  const images = columns >= outPlane ? columns / outPlane : 1;
  const most = min(columns, outPlane);
  for (let g = firstGroup; g < endGroup; g++) {
    const px = x + <usize>(g * inPer) * <usize>inPlane * sizeof<T>();
    const pc = out + <usize>(g * outPer * K) * sizeof<T>();
    for (let j = firstColumn; j < endColumn; j += NC) {
      const nc = min(NC, endColumn - j);
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
