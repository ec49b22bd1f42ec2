import { CONV_GEOMETRY, type Kernels } from "../kernels.ts";
import type { Access } from "./access.ts";

type Names = "matmul" | "conv" | "convGradInput" | "convGradWeight" | "im2col" | "col2im";
type Geometry = Record<(typeof CONV_GEOMETRY)[number], number>;

/**
 * Calls `visit(outPlace, inPlace, tap)` for each pair of an output position and a kernel tap that falls inside the input;
 * places are linear in oD·oH·oW and D·H·W, taps in kD·kH·kW.
 */
function forEachTap(g: Geometry, visit: (out: number, inp: number, tap: number) => void): void {
  let out = 0;
  for (let od = 0; od < g.outD; od++)
    for (let oh = 0; oh < g.outH; oh++)
      for (let ow = 0; ow < g.outW; ow++, out++) {
        let tap = 0;
        for (let kd = 0; kd < g.kD; kd++)
          for (let kh = 0; kh < g.kH; kh++)
            for (let kw = 0; kw < g.kW; kw++, tap++) {
              const d = od * g.strideD - g.padD + kd * g.dilationD;
              const h = oh * g.strideH - g.padH + kh * g.dilationH;
              const w = ow * g.strideW - g.padW + kw * g.dilationW;
              if (d < 0 || d >= g.inD || h < 0 || h >= g.inH || w < 0 || w >= g.inW) continue;
              visit(out, (d * g.inH + h) * g.inW + w, tap);
            }
      }
}

interface Sizes {
  readonly inPlane: number;
  readonly outPlane: number;
  readonly taps: number;
}
const sizesOf = (g: Geometry): Sizes => ({
  inPlane: g.inD * g.inH * g.inW,
  outPlane: g.outD * g.outH * g.outW,
  taps: g.kD * g.kH * g.kW,
});

/** Calls `visit(outBase, inBase, wBase)` for each batch item, output channel and input channel of its group. */
function forEachChannelPair(
  g: Geometry,
  visit: (out: number, inp: number, w: number) => void,
): void {
  const { inPlane, outPlane, taps } = sizesOf(g);
  const [inPer, outPer] = [g.inChannels / g.groups, g.outChannels / g.groups];
  for (let b = 0; b < g.batch; b++)
    for (let oc = 0; oc < g.outChannels; oc++)
      for (let j = 0; j < inPer; j++) {
        const ic = Math.floor(oc / outPer) * inPer + j;
        visit(
          (b * g.outChannels + oc) * outPlane,
          (b * g.inChannels + ic) * inPlane,
          (oc * inPer + j) * taps,
        );
      }
}

export function linear(mem: Access): Pick<Kernels, Names> {
  const read = (
    geo: number,
  ): { g: Geometry; inSize: number; outSize: number; wSize: number } & Sizes => {
    const g = mem.words(geo, CONV_GEOMETRY);
    const s = sizesOf(g);
    return {
      g,
      ...s,
      inSize: g.batch * g.inChannels * s.inPlane,
      outSize: g.batch * g.outChannels * s.outPlane,
      wSize: g.outChannels * (g.inChannels / g.groups) * s.taps,
    };
  };
  return {
    matmul(
      t,
      out,
      a,
      b,
      m,
      n,
      k,
      transA,
      transB,
      lda,
      ldb,
      ldc,
      batch,
      strideA,
      strideB,
      strideC,
      beta,
    ) {
      const span = (rows: number, columns: number, ld: number, stride: number): number =>
        rows && columns ? (batch - 1) * stride + (rows - 1) * ld + columns : 0;
      if (batch === 0) return;
      const A = mem.at(t, a, transA ? span(k, m, lda, strideA) : span(m, k, lda, strideA));
      const B = mem.at(t, b, transB ? span(n, k, ldb, strideB) : span(k, n, ldb, strideB));
      const C = mem.at(t, out, span(m, n, ldc, strideC));
      for (let z = 0; z < batch; z++)
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let p = 0; p < k; p++) {
              const u = A[z * strideA + (transA ? p * lda + i : i * lda + p)]!;
              sum += u * B[z * strideB + (transB ? j * ldb + p : p * ldb + j)]!;
            }
            const place = z * strideC + i * ldc + j;
            C[place] = beta ? C[place]! + sum : sum;
          }
    },
    conv(t, out, x, w, geo) {
      const { g, inSize, outSize, wSize } = read(geo);
      const [X, W] = [mem.at(t, x, inSize), mem.at(t, w, wSize)];
      const sum = new Float64Array(outSize);
      forEachChannelPair(g, (o, i, v) =>
        forEachTap(g, (op, ip, tap) => (sum[o + op]! += X[i + ip]! * W[v + tap]!)),
      );
      mem.at(t, out, outSize).set(sum);
    },
    convGradInput(t, out, ct, w, geo) {
      const { g, inSize, outSize, wSize } = read(geo);
      const [CT, W] = [mem.at(t, ct, outSize), mem.at(t, w, wSize)];
      const sum = new Float64Array(inSize);
      forEachChannelPair(g, (o, i, v) =>
        forEachTap(g, (op, ip, tap) => (sum[i + ip]! += CT[o + op]! * W[v + tap]!)),
      );
      mem.at(t, out, inSize).set(sum);
    },
    convGradWeight(t, out, ct, x, geo) {
      const { g, inSize, outSize, wSize } = read(geo);
      const [CT, X] = [mem.at(t, ct, outSize), mem.at(t, x, inSize)];
      const sum = new Float64Array(wSize);
      forEachChannelPair(g, (o, i, v) =>
        forEachTap(g, (op, ip, tap) => (sum[v + tap]! += CT[o + op]! * X[i + ip]!)),
      );
      mem.at(t, out, wSize).set(sum);
    },
    im2col(t, out, x, geo) {
      const { g, inSize, inPlane, outPlane, taps } = read(geo);
      const planes = g.batch * g.inChannels;
      const X = mem.at(t, x, inSize);
      const Y = mem.at(t, out, planes * taps * outPlane).fill(0);
      for (let c = 0; c < planes; c++)
        forEachTap(
          g,
          (op, ip, tap) => (Y[(c * taps + tap) * outPlane + op] = X[c * inPlane + ip]!),
        );
    },
    col2im(t, out, x, geo) {
      const { g, inSize, inPlane, outPlane, taps } = read(geo);
      const planes = g.batch * g.inChannels;
      const X = mem.at(t, x, planes * taps * outPlane);
      const sum = new Float64Array(inSize);
      for (let c = 0; c < planes; c++)
        forEachTap(
          g,
          (op, ip, tap) => (sum[c * inPlane + ip]! += X[(c * taps + tap) * outPlane + op]!),
        );
      mem.at(t, out, inSize).set(sum);
    },
  };
}
