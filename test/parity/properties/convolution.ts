/** Convolutions of one to three axes, transposed ones, pooling, unfold and fold: functions and modules. */
import { args, tuple, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

type Axes = 1 | 2 | 3;
const AXES: readonly Axes[] = [1, 2, 3];

/** One number, or one per axis. */
const per = (d: Draw, axes: Axes, values: readonly number[]): string =>
  d.chance(50) ? String(d.pick(values)) : tuple(Array.from({ length: axes }, () => d.pick(values)));

const space = (d: Draw, axes: Axes, low: number, high: number): number[] =>
  Array.from({ length: axes }, () => d.int(low, axes === 3 ? Math.min(high, 5) : high));

const given = (d: Draw, name: string, value: () => string): string =>
  d.chance(50) ? `${name}=${value()}` : "";

const batch = (d: Draw): number[] =>
  d.chance(12) ? [] : [d.pick([2, 1, 0].slice(0, d.chance(10) ? 3 : 2))];

const of = (d: Draw): { of?: string } => (d.chance(10) ? { of: "float32" } : {});

const conv = (axes: Axes) => (d: Draw) => {
  const groups = d.pick([1, 1, 2, 3]);
  const [into, out] = [groups * d.int(1, 2), groups * d.int(1, 2)];
  const kernel = space(d, axes, 1, 4);
  const kind = of(d);
  const x = d.tensor([...batch(d), into + (d.chance(2) ? 1 : 0), ...space(d, axes, 2, 8)], kind);
  const w = d.tensor([out, into / groups, ...kernel], kind);
  const padding = (): string =>
    d.chance(25) ? d.pick(["'same'", "'valid'"]) : per(d, axes, [1, 0, 2]);
  const options = args(
    d.chance(50) ? d.tensor([out], kind) : "None",
    given(d, "stride", () => per(d, axes, [2, 1, 3])),
    given(d, "padding", padding),
    given(d, "dilation", () => per(d, axes, [2, 1])),
    `groups=${groups}`,
  );
  return `F.conv${axes}d(${x}, ${w}, ${options})`;
};

const transposed = (axes: Axes) => (d: Draw) => {
  const groups = d.pick([1, 1, 2]);
  const [into, out] = [groups * d.int(1, 2), d.int(1, 2)];
  const x = d.tensor([d.int(1, 2), into, ...space(d, axes, 1, 5)].slice(d.chance(12) ? 1 : 0));
  const w = d.tensor([into, out, ...space(d, axes, 1, 3)]);
  const options = args(
    d.chance(50) ? d.tensor([out * groups]) : "None",
    given(d, "stride", () => per(d, axes, [2, 1, 3])),
    given(d, "padding", () => per(d, axes, [1, 0])),
    given(d, "output_padding", () => per(d, axes, [0, 1])),
    given(d, "dilation", () => per(d, axes, [2, 1])),
    `groups=${groups}`,
  );
  return `F.conv_transpose${axes}d(${x}, ${w}, ${options})`;
};

const convModule = (axes: Axes) => (d: Draw) => {
  const groups = d.pick([1, 2]);
  const [into, out] = [groups * 2, groups * d.int(1, 2)];
  const options = args(
    `kernel_size=${per(d, axes, [2, 3, 1])}`,
    given(d, "stride", () => per(d, axes, [2, 1])),
    given(d, "padding", () => (d.chance(30) ? "'same'" : per(d, axes, [1, 2, 0]))),
    given(d, "dilation", () => per(d, axes, [2, 1])),
    `groups=${groups}`,
    d.some({ bias: ["False"] }, 30),
    d.some({ padding_mode: ["'reflect'", "'replicate'", "'circular'", "'zeros'"] }),
  );
  return `net = nn.Conv${axes}d(${into}, ${out}, ${options}).double()\nnet(${d.tensor([...batch(d), into, ...space(d, axes, 4, 7)])})`;
};

const transposedModule = (axes: Axes) => (d: Draw) => {
  const options = args(
    `kernel_size=${per(d, axes, [2, 3])}`,
    d.some({ stride: [2, 3], padding: [1], output_padding: [1], bias: ["False"] }, 50),
  );
  const size = d.chance(25) ? `, output_size=${tuple(space(d, axes, 6, 9))}` : "";
  return `net = nn.ConvTranspose${axes}d(2, 3, ${options}).double()\nnet(${d.tensor([2, 2, ...space(d, axes, 2, 4)])}${size})`;
};

const pool = (kind: "max" | "avg") => (axes: Axes) => (d: Draw) => {
  const kernel = per(d, axes, [2, 3, 1]);
  const x = d.tensor([...batch(d), 2, ...space(d, axes, 3, 8)], of(d));
  const shared = [
    given(d, "stride", () => per(d, axes, [2, 1, 3])),
    given(d, "padding", () => per(d, axes, [1, 0])),
    d.some({ ceil_mode: ["True"] }),
  ];
  const own =
    kind === "max"
      ? [given(d, "dilation", () => per(d, axes, [2, 1])), d.some({ return_indices: ["True"] }, 25)]
      : [d.some({ count_include_pad: ["False"], ...(axes > 1 ? { divisor_override: [3] } : {}) })];
  return `F.${kind}_pool${axes}d(${args(x, kernel, ...shared, ...own)})`;
};

const adaptive = (kind: "max" | "avg") => (axes: Axes) => (d: Draw) => {
  const x = d.tensor([...batch(d), 2, ...space(d, axes, 1, 7)]);
  const size =
    d.chance(30) || axes === 1
      ? String(d.int(1, 5))
      : tuple(space(d, axes, 1, 5).map((n) => (d.chance(15) ? "None" : n)));
  return `F.adaptive_${kind}_pool${axes}d(${x}, ${size})`;
};

const over = (name: string, write: (axes: Axes) => Property["write"], options = {}): Property[] =>
  AXES.map((axes) => property(`${name}, ${axes} axes`, write(axes), options));

export const CONVOLUTION: readonly Property[] = [
  ...over("F.conv", conv, { twice: true }),
  ...over("F.conv_transpose", transposed, { twice: true }),
  ...over("nn.Conv", convModule),
  ...over("nn.ConvTranspose", transposedModule),
  property(
    "F.unfold",
    (d) => {
      const options = args(
        given(d, "dilation", () => per(d, 2, [2, 1])),
        given(d, "padding", () => per(d, 2, [1, 0])),
        given(d, "stride", () => per(d, 2, [2, 1])),
      );
      return `F.unfold(${args(d.tensor([...batch(d), 2, ...space(d, 2, 3, 6)]), per(d, 2, [2, 3, 1]), options)})`;
    },
    { twice: true },
  ),
  property("F.fold", (d) => {
    const [h, w] = [d.int(3, 6), d.int(3, 6)];
    const options = d.some({ dilation: [1, 2], padding: [0, 1], stride: [1, 2] });
    return `x = F.unfold(torch.ones(1, 2, ${h}, ${w}), ${args("2", options)})\nF.fold(${args(`${d.tensor([2, 8, 1])} * x.double()`, `(${h}, ${w})`, "2", options)})`;
  }),
];

export const POOLING: readonly Property[] = [
  ...over("F.max_pool", pool("max")),
  ...over("F.avg_pool", pool("avg"), { twice: true }),
  ...over("F.adaptive_max_pool", adaptive("max")),
  ...over("F.adaptive_avg_pool", adaptive("avg")),
  ...each("lp_pool1d lp_pool2d", (name) => (d) => {
    const axes = name === "lp_pool1d" ? 1 : 2;
    return `F.${name}(${args(d.tensor([2, 2, ...space(d, axes, 3, 6)], { low: 0.1 }), d.pick(["2", "1", "3.0"]), "2", d.some({ stride: [1, 3], ceil_mode: ["True"] }))})`;
  }),
  ...over("F.max_unpool", (axes) => (d) => {
    const x = d.tensor([
      ...batch(d),
      2,
      ...space(d, axes, 2, 3).map((n) => (axes === 3 ? 4 : 2 * n)),
    ]);
    const options = d.some({ stride: [2, 1] });
    return `y, at = F.max_pool${axes}d(${args(x, "2", options, "return_indices=True")})\nF.max_unpool${axes}d(${args("y", "at", "2", options)})`;
  }),
];
