export { heapBase } from "./memory";
export * from "./binary";
export * from "./cast";
export {
  col2im, conv, convGradInput, convGradInputPart, convGradWeight, convGradWeightPart, convPart, convScratch, convSteps, im2col,
} from "./conv";
export * from "./copy";
export { adaptiveAvgPool, adaptiveAvgPoolGrad, adaptiveMaxPool, avgPool, avgPoolGrad, maxPool } from "./pool";
export * from "./indexing";
export { axpy, matmul, matmulScratch, microLimit } from "./matmul";
export { actGrad } from "./activation";
export { softmax, softmaxGrad } from "./softmax";
export { neighbours } from "./neighbours";
export { affine } from "./norm/affine";
export { moments, momentsPart } from "./norm/moments";
export { standardize, standardizePart } from "./norm/standardize";
export { standardizeGrad, standardizeGradPart, standardizeSums, standardizeSumsPart } from "./norm/gradient";
export { argReduce, argsort, scan } from "./order";
export { packWeight, recurrent, recurrentGrad, recurrentScratch } from "./recurrent/sequence";
export { reduce, reducePart } from "./reduce";
export { rowDots, sampleRows, sampleRowsBack, suppress } from "./sample";
export { stats, statsJoin, statsPart } from "./stats";
export * from "./unary";
export * from "./random";
