import { POOL_GEOMETRY, type Kernels, type PoolSides } from "../kernels.ts";
import type { Access, Numbers } from "./access.ts";

type Names =
  | "maxPool" | "avgPool" | "avgPoolGrad" | "adaptiveAvgPool" | "adaptiveAvgPoolGrad" | "adaptiveMaxPool"; // prettier-ignore
type Geometry = Record<(typeof POOL_GEOMETRY)[number], number>;

/** One axis of one window: the input positions it covers, and its length clipped to the padded input. */
interface Reach {
  readonly places: readonly number[];
  readonly padded: number;
}

/** Windows of a pooling along one axis. */
function windows(
  inLength: number,
  k: number,
  stride: number,
  pad: number,
  dilation: number,
  outLength: number,
): Reach[] {
  return Array.from({ length: outLength }, (_, o) => {
    const start = o * stride - pad;
    const places = Array.from({ length: k }, (_, j) => start + j * dilation);
    return {
      places: places.filter((p) => p >= 0 && p < inLength),
      padded: Math.min(start + k, inLength + pad) - start,
    };
  });
}

/** Windows of an adaptive pooling along one axis: floor(o·in/out) .. ceil((o+1)·in/out). */
function adaptiveWindows(inLength: number, outLength: number): Reach[] {
  return Array.from({ length: outLength }, (_, o) => {
    const start = Math.floor((o * inLength) / outLength);
    const end = Math.ceil(((o + 1) * inLength) / outLength);
    return {
      places: Array.from({ length: end - start }, (_, j) => start + j),
      padded: end - start,
    };
  });
}

interface Window {
  readonly places: readonly number[];
  readonly padded: number;
}

/** All windows of a plane in row-major order, their positions linear in the plane. */
function plane(D: Reach[], H: Reach[], W: Reach[], inH: number, inW: number): Window[] {
  return D.flatMap((d) =>
    H.flatMap((h) =>
      W.map((w) => ({
        places: d.places.flatMap((i) =>
          h.places.flatMap((j) => w.places.map((k) => (i * inH + j) * inW + k)),
        ),
        padded: d.padded * h.padded * w.padded,
      })),
    ),
  );
}

const planeOf = (g: Geometry): Window[] =>
  plane(
    windows(g.inD, g.kD, g.strideD, g.padD, g.dilationD, g.outD),
    windows(g.inH, g.kH, g.strideH, g.padH, g.dilationH, g.outH),
    windows(g.inW, g.kW, g.strideW, g.padW, g.dilationW, g.outW),
    g.inH,
    g.inW,
  );

/** Position of a window's maximum: the first of equals, the last NaN, as PyTorch. */
function argmax(x: Numbers, base: number, places: readonly number[]): number {
  let best = places[0]!;
  for (const p of places) {
    const v = x[base + p]!;
    if (v > x[base + best]! || Number.isNaN(v)) best = p;
  }
  return best;
}

export function pooling(mem: Access): Pick<Kernels, Names> {
  const max = (
    t: number,
    out: number,
    idx: number,
    x: number,
    planes: number,
    inPlane: number,
    list: Window[],
  ): void => {
    const X = mem.at(t, x, planes * inPlane);
    const [Y, I] = [mem.at(t, out, planes * list.length), mem.at(1, idx, planes * list.length)];
    for (let c = 0; c < planes; c++)
      list.forEach(({ places }, o) => {
        const best = argmax(X, c * inPlane, places);
        Y[c * list.length + o] = X[c * inPlane + best]!;
        I[c * list.length + o] = best;
      });
  };
  type Divisor = (w: Window) => number;
  const average = (
    t: number,
    out: number,
    x: number,
    planes: number,
    inPlane: number,
    list: Window[],
    by: Divisor,
  ): void => {
    const [X, Y] = [mem.at(t, x, planes * inPlane), mem.at(t, out, planes * list.length)];
    for (let c = 0; c < planes; c++)
      list.forEach((w, o) => {
        Y[c * list.length + o] = w.places.reduce((sum, p) => sum + X[c * inPlane + p]!, 0) / by(w);
      });
  };
  const averageGrad = (
    t: number,
    out: number,
    ct: number,
    planes: number,
    inPlane: number,
    list: Window[],
    by: Divisor,
  ): void => {
    const CT = mem.at(t, ct, planes * list.length);
    const sum = new Float64Array(planes * inPlane);
    for (let c = 0; c < planes; c++)
      list.forEach((w, o) => {
        for (const p of w.places) sum[c * inPlane + p]! += CT[c * list.length + o]! / by(w);
      });
    mem.at(t, out, planes * inPlane).set(sum);
  };
  const divisorOf =
    (countIncludePad: number, divisor: number): Divisor =>
    (w) =>
      divisor || (countIncludePad ? w.padded : w.places.length);
  const adaptive = ([, inD, inH, inW, oD, oH, oW]: PoolSides): Window[] =>
    plane(adaptiveWindows(inD, oD), adaptiveWindows(inH, oH), adaptiveWindows(inW, oW), inH, inW);
  const volume = ([, inD, inH, inW]: PoolSides): number => inD * inH * inW;
  const whole: Divisor = (w) => w.places.length;

  return {
    maxPool(t, out, idx, x, geo) {
      const g = mem.words(geo, POOL_GEOMETRY);
      max(t, out, idx, x, g.planes, g.inD * g.inH * g.inW, planeOf(g));
    },
    avgPool(t, out, x, geo, countIncludePad, divisor) {
      const g = mem.words(geo, POOL_GEOMETRY);
      average(
        t,
        out,
        x,
        g.planes,
        g.inD * g.inH * g.inW,
        planeOf(g),
        divisorOf(countIncludePad, divisor),
      );
    },
    avgPoolGrad(t, out, ct, geo, countIncludePad, divisor) {
      const g = mem.words(geo, POOL_GEOMETRY);
      averageGrad(
        t,
        out,
        ct,
        g.planes,
        g.inD * g.inH * g.inW,
        planeOf(g),
        divisorOf(countIncludePad, divisor),
      );
    },
    adaptiveAvgPool(t, out, x, ...sides) {
      average(t, out, x, sides[0], volume(sides), adaptive(sides), whole);
    },
    adaptiveAvgPoolGrad(t, out, ct, ...sides) {
      averageGrad(t, out, ct, sides[0], volume(sides), adaptive(sides), whole);
    },
    adaptiveMaxPool(t, out, idx, x, ...sides) {
      max(t, out, idx, x, sides[0], volume(sides), adaptive(sides));
    },
  };
}
