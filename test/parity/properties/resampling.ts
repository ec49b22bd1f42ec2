/** Padding and interpolation. */
import { args, tuple, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const space = (d: Draw, axes: number): number[] => Array.from({ length: axes }, () => d.int(2, 5));

const resize = (mode: string) => (d: Draw) => {
  const axes = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 }[mode] ?? d.int(1, 3);
  const size = d.chance(50)
    ? `size=${d.chance(30) ? d.int(1, 7) : tuple(Array.from({ length: axes }, () => d.int(1, 7)))}`
    : `scale_factor=${d.chance(50) ? d.pick([2, 0.5, 1.5, 0.7]) : tuple(Array.from({ length: axes }, () => d.pick([2, 0.6, 1.3])))}`;
  const linear = mode.endsWith("linear") || mode === "bicubic";
  const options = args(
    linear ? d.some({ align_corners: ["True", "False"] }) : d.some({ align_corners: ["True"] }, 3),
    size.startsWith("scale") ? d.some({ recompute_scale_factor: ["True"] }, 25) : "",
    mode.startsWith("bi") ? d.some({ antialias: ["True"] }, 25) : "",
  );
  return `F.interpolate(${args(d.tensor([d.int(1, 2), 2, ...space(d, axes)]), size, `mode='${mode}'`, options)})`;
};

const pads = (d: Draw, axes: number, low: number, high: number): string =>
  tuple(Array.from({ length: axes * 2 }, () => d.int(low, high)));

export const RESAMPLING: readonly Property[] = [
  ...each("nearest linear bilinear bicubic trilinear area nearest-exact", resize, { twice: true }),
  property(
    "F.pad, constant",
    (d) => {
      const shape = d.full(1, 4).map((n) => n + 2);
      return `F.pad(${args(d.tensor(shape), pads(d, d.int(1, shape.length + (d.chance(3) ? 1 : 0)), -1, 3), d.some({ value: [1.5, -1] }))})`;
    },
    { twice: true },
  ),
  ...each("reflect replicate circular", (mode) => (d) => {
    const axes = d.int(1, 3);
    return `F.pad(${d.tensor([...(mode === "circular" || d.chance(80) ? [2] : []), 2, ...space(d, axes)])}, ${pads(d, axes, d.chance(10) ? -1 : 0, 2)}, mode='${mode}')`;
  }),
  ...each(
    "ReflectionPad1d ReflectionPad2d ReplicationPad1d ReplicationPad2d ReplicationPad3d ConstantPad1d ConstantPad2d ConstantPad3d ZeroPad2d",
    (name) => (d) => {
      const axes = Number(name.at(-2));
      const size = d.chance(50) ? String(d.int(0, 2)) : pads(d, axes, 0, 2);
      return `nn.${name}(${args(size, name.startsWith("Constant") ? "1.5" : "")})(${d.tensor([2, 2, ...space(d, axes)])})`;
    },
  ),
  property(
    "nn.Upsample",
    (d) =>
      `nn.Upsample(${args(d.pick(["scale_factor=2", "size=(5, 3)", "scale_factor=(1.5, 2)"]), d.some({ mode: ["'bilinear'", "'bicubic'", "'nearest'"] }))})(${d.tensor([1, 2, 3, 4])})`,
  ),
  property("F.grid_sample", (d) => {
    const options = d.some({
      mode: ["'nearest'", "'bicubic'", "'bilinear'"],
      padding_mode: ["'border'", "'reflection'"],
      align_corners: ["True", "False"],
    });
    const grid = `${d.tensor([2, d.int(1, 3), d.int(1, 3), 2], { low: -1.4, high: 1.4 })}`;
    return `F.grid_sample(${args(d.tensor([2, 2, ...space(d, 2)]), grid, options)})`;
  }),
  property(
    "F.affine_grid",
    (d) =>
      `F.affine_grid(${d.tensor([2, 2, 3])}, (2, 1, ${d.int(1, 3)}, ${d.int(1, 4)}), align_corners=${d.pick(["False", "True"])})`,
  ),
];
