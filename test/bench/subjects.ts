/** What the bench runs: the same two files on both sides. */
import path from "node:path";
import { ROOT } from "../support/host.ts";

export interface BenchSubject {
  readonly title: string;
  readonly file: string;
  readonly entry: string;
  readonly shape: string;
}

/** Debian's python3-torchvision, unmodified. */
const RESNET = "/usr/lib/python3/dist-packages/torchvision/models/resnet.py";

export const SUBJECTS: readonly BenchSubject[] = [
  {
    title: "MLP 784-1024-1024-10, batch 128",
    file: path.join(ROOT, "test/bench/mlp.py"),
    entry: "MLP",
    shape: "(128, 784)",
  },
  {
    title: "ResNet-18, 8×3×64×64",
    file: RESNET,
    entry: "resnet18",
    shape: "(8, 3, 64, 64)",
  },
];

/** Options of the `chainrule` command for it. */
export const options = ({ file, entry, shape }: BenchSubject): string[] => [
  ...["analyze", file, "--class", entry],
  ...["--input", shape, "--loss", "cross_entropy"],
];
