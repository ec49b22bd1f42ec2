/** What the bench runs: the same files on both sides. */
import path from "node:path";
import { ROOT } from "../support/host.ts";

export interface BenchSubject {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly entry: string;
  /** As the command takes it: a shape, or `randint(low, high, shape)`. */
  readonly input: string;
}

const own = (name: string): string => path.join(ROOT, "test/bench", name);
/** Debian's python3-torchvision, unmodified. */
const RESNET = "/usr/lib/python3/dist-packages/torchvision/models/resnet.py";

export const SUBJECTS: readonly BenchSubject[] = [
  {
    name: "mlp",
    title: "MLP 784-1024-1024-10, batch 128",
    file: own("mlp.py"),
    entry: "MLP",
    input: "(128, 784)",
  },
  {
    name: "resnet18",
    title: "ResNet-18, 8×3×64×64",
    file: RESNET,
    entry: "resnet18",
    input: "(8, 3, 64, 64)",
  },
  {
    name: "resnet50",
    title: "ResNet-50, 2×3×224×224",
    file: RESNET,
    entry: "resnet50",
    input: "(2, 3, 224, 224)",
  },
  {
    name: "gpt",
    title: "GPT of 6 layers, width 384, 4×128 tokens",
    file: own("gpt.py"),
    entry: "GPT",
    input: "randint(0, 512, (4, 128))",
  },
  {
    name: "gpt2",
    title: "GPT-2 of 124 million parameters, 64 tokens",
    file: own("gpt.py"),
    entry: "GPT2",
    input: "randint(0, 50257, (1, 64))",
  },
  {
    name: "lstm",
    title: "LSTM language model, 2 layers of 256, 8×64 tokens",
    file: own("lstm.py"),
    entry: "LanguageModel",
    input: "randint(0, 2000, (8, 64))",
  },
  {
    name: "vit",
    title: "ViT-tiny, 2×3×224×224",
    file: own("vit.py"),
    entry: "ViT",
    input: "(2, 3, 224, 224)",
  },
];

/** Options of the `chainrule` command for it. */
export const options = ({ file, entry, input }: BenchSubject): string[] => [
  ...["analyze", file, "--class", entry],
  ...["--input", input, "--loss", "cross_entropy"],
];
