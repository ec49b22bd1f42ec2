// A convolution's geometry, read once per call from kernels.ts' CONV_GEOMETRY.

export let batch: i32 = 0;
export let inC: i32 = 0;
export let inD: i32 = 0;
export let inH: i32 = 0;
export let inW: i32 = 0;
export let outC: i32 = 0;
export let kD: i32 = 0;
export let kH: i32 = 0;
export let kW: i32 = 0;
export let strideD: i32 = 0;
export let strideH: i32 = 0;
export let strideW: i32 = 0;
export let padD: i32 = 0;
export let padH: i32 = 0;
export let padW: i32 = 0;
export let dilD: i32 = 0;
export let dilH: i32 = 0;
export let dilW: i32 = 0;
export let groups: i32 = 0;
export let outD: i32 = 0;
export let outH: i32 = 0;
export let outW: i32 = 0;
/** Products: positions per channel, taps per channel pair, channels per group. */
export let inPlane: i32 = 0;
export let outPlane: i32 = 0;
export let taps: i32 = 0;
export let inPer: i32 = 0;
export let outPer: i32 = 0;

@inline
function word(geo: usize, i: i32): i32 {
  return load<i32>(geo + (<usize>i << 2));
}

export function readGeometry(geo: usize): void {
  batch = word(geo, 0);
  inC = word(geo, 1);
  inD = word(geo, 2);
  inH = word(geo, 3);
  inW = word(geo, 4);
  outC = word(geo, 5);
  kD = word(geo, 6);
  kH = word(geo, 7);
  kW = word(geo, 8);
  strideD = word(geo, 9);
  strideH = word(geo, 10);
  strideW = word(geo, 11);
  padD = word(geo, 12);
  padH = word(geo, 13);
  padW = word(geo, 14);
  dilD = word(geo, 15);
  dilH = word(geo, 16);
  dilW = word(geo, 17);
  groups = word(geo, 18);
  outD = word(geo, 19);
  outH = word(geo, 20);
  outW = word(geo, 21);
  products();
}

function products(): void {
  inPlane = inD * inH * inW;
  outPlane = outD * outH * outW;
  taps = kD * kH * kW;
  inPer = inC / groups;
  outPer = outC / groups;
}

/**
 * Turns the geometry of a stride-1 convolution into that of its gradient with respect to the input: the cotangent becomes the input,
 * the kernel is flipped, padding is what was missing to the full overlap.
 */
export function flipGeometry(): void {
  padD = dilD * (kD - 1) - padD;
  padH = dilH * (kH - 1) - padH;
  padW = dilW * (kW - 1) - padW;
  let s = inC;
  inC = outC;
  outC = s;
  s = inD;
  inD = outD;
  outD = s;
  s = inH;
  inH = outH;
  outH = s;
  s = inW;
  inW = outW;
  outW = s;
  products();
}

/** First output position whose input position o·stride + shift is ≥ 0. */
@inline
export function firstValid(shift: i32, stride: i32): i32 {
  return shift >= 0 ? 0 : (stride - 1 - shift) / stride;
}

/** End (exclusive) of the output positions, of `count`, whose input position o·stride + shift is < length. */
@inline
export function endValid(shift: i32, stride: i32, length: i32, count: i32): i32 {
  const room = length - 1 - shift;
  return room < 0 ? 0 : min(count, room / stride + 1);
}
