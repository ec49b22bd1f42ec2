/** The parity cases: files of models/, how each is built and what it is called with. */
import type { Case } from "../../engine/protocol.ts";

const randn = (...shape: number[]): object => ({ kind: "randn", shape });
const rand = (...shape: number[]): object => ({ kind: "rand", shape });
const randint = (high: number, ...shape: number[]): object => ({ kind: "randint", high, shape });
const python = (expr: string): object => ({ kind: "py", expr });

const parity = (file: string, entry: string, inputs: object[], more: object = {}): Case => {
  const variant = "variant" in more ? `:${String(more.variant)}` : "";
  return { id: `${file}:${entry}${variant}`, file: `${file}.py`, entry, inputs, ...more };
};

/** Corners x1, y1, x2, y2: overlapping, thin, and partly outside of the image. */
const BOXES =
  "torch.tensor([[1.0, 2.0, 9.3, 20.2], [3.3, 4.1, 27.0, 26.0], [-3.0, -2.0, 40.0, 9.0], [5.0, 6.0, 5.5, 6.2], [2.0, 2.0, 9.0, 19.0]])";

export const MODEL_CASES: readonly Case[] = [
  parity("mlp", "MLP", [randn(4, 1, 28, 28)]),
  parity("mlp", "MLP", [randn(4, 1, 28, 28)], { variant: "eval", mode: "eval", seed: 7 }),
  parity("deep_sigmoid", "make_net", [randn(8, 32)]),
  parity("deep_sigmoid", "make_net", [randn(8, 32)], { variant: "40", args: [40], loss: "sum" }),
  parity("cnn", "Net", [randn(5, 1, 28, 28)]),
  // A seed of which no unit lies so near to 0 that the order of float32's sums decides its sign: they all lie 1.2e-5 rms away.
  parity("resnet", "resnet14", [randn(4, 3, 32, 32)], { seed: 18 }),
  parity("resnet", "resnet14", [randn(4, 3, 32, 32)], { variant: "eval", mode: "eval" }),
  parity("gpt", "GPT", [randint(65, 2, 32)], { output: [0] }),
  parity("gpt", "GPT", [randint(65, 2, 20), randint(65, 2, 20)], {
    variant: "loss",
    args: [{ $py: "GPTConfig(bias=True, n_layer=2)" }],
    output: [1],
  }),
  parity("vit", "ViT", [randn(3, 3, 32, 32)]),
  parity("recurrent", "SequenceClassifier", [randint(50, 4, 9)], { variant: "lstm" }),
  parity("recurrent", "SequenceClassifier", [randint(50, 4, 9)], { variant: "gru", args: ["gru"] }),
  parity("recurrent", "SequenceClassifier", [randint(50, 4, 9)], {
    variant: "rnn",
    args: ["rnn"],
    kwargs: { bidirectional: false, layers: 3 },
  }),
  parity("lstm_cell_loop", "Sequence", [randn(3, 12)], { loss: "mse" }),
  parity("dcgan", "Generator", [randn(4, 20, 1, 1)]),
  parity("dcgan", "Discriminator", [rand(4, 3, 32, 32)]),
  parity("vae", "VAE", [rand(6, 1, 14, 14)]),
  parity("unet", "UNet", [randn(2, 3, 24, 20)]),
  parity("unet", "UNet", [randn(2, 3, 24, 20)], { variant: "up", kwargs: { bilinear: true } }),
  parity("siamese", "SiameseNetwork", [
    rand(4, 1, 14, 14),
    rand(4, 1, 14, 14),
    python("torch.tensor([[0.0], [1.0], [1.0], [0.0]])"),
  ]),
  parity("functional", "Functional", [randn(7, 30)]),
  parity("objectives", "Focal", [randn(8, 5), randint(5, 8)], { requires_grad: [0] }),
  parity(
    "objectives",
    "Detection",
    [
      python("{'boxes': torch.randn(6, 4), 'scores': torch.randn(6)}"),
      python("(torch.rand(6, 4), torch.ones(6))"),
    ],
    { requires_grad: [0] },
  ),
  parity("objectives", "attend", [randn(2, 5, 8), randn(2, 7, 8), randn(2, 7, 3)], {
    function: true,
    requires_grad: [0, 2],
    loss: "mse",
  }),
  parity("fourier", "FourierNet", [randn(2, 3, 28, 24)]),
  parity("autoencoder", "Autoencoder", [rand(3, 1, 28, 28)]),
  parity("wgan_gp", "Critic", [rand(6, 1, 8, 8), rand(6, 1, 8, 8)]),
  parity("mobile", "MobileNet", [randn(4, 3, 32, 32)]),
  parity("seq2seq", "Seq2Seq", [randint(20, 7, 3), randint(23, 6, 3)]),
  parity("tcn", "TCN", [randn(4, 3, 30)]),
  parity("norms", "NormNet", [randn(3, 3, 12, 12)]),
  parity("transformer_encoder", "TransformerModel", [randint(40, 10, 3)]),
  parity("transformer_encoder", "TransformerModel", [randint(40, 10, 3)], {
    variant: "prenorm",
    kwargs: { norm_first: true },
  }),
  parity("full_transformer", "Translator", [
    python("torch.randint(1, 30, (2, 8)).index_fill(1, torch.tensor([7]), 0)"),
    randint(30, 2, 6),
  ]),
  parity("cross_attention", "Perceive", [randn(3, 9, 12)]),
  parity("experts", "MoE", [randn(2, 6, 16)]),
  parity("text_cnn", "TextCNN", [randint(60, 6, 12)]),
  parity("einsum_attention", "Net", [randn(3, 8, 24)]),
  parity("tabular", "TabularModel", [randint(36, 8, 3), randn(8, 4)]),
  parity("custom_function", "DomainNet", [randn(5, 12)]),
  parity("llama", "Transformer", [randint(48, 2, 12)], { args: [{ $py: "ModelArgs()" }] }),
  parity("diffusion", "Denoiser", [randn(3, 3, 8, 8), randint(100, 3)]),
  parity("vq", "VQVAE", [rand(3, 1, 16, 16)]),
  parity("flow", "RealNVP", [randn(16, 2)]),
  parity("contrastive", "CLIPLike", [randn(4, 3, 16, 16), randint(40, 4, 8)]),
  parity("windows", "tiny", [randn(2, 8, 8, 16)], { loss: "mse" }),
  parity("windows", "SwinBlock", [randn(4, 8, 8, 16)], {
    variant: "wide",
    kwargs: { drop_path: 0.5 },
    loss: "mse",
  }),
  parity("graph", "GAT", [randn(9, 10), rand(9, 9)]),
  // Built in float64: an orthogonal matrix is the end of a long computation, whose float32 rounding is LAPACK's own.
  parity("super_resolution", "Net", [rand(2, 1, 12, 12)], {
    globals: { wide: { $py: "torch.set_default_dtype(torch.float64)" } },
  }),
  parity("video", "C3D", [randn(2, 3, 8, 24, 24)]),
  parity("dueling", "DuelingDQN", [randn(8, 6), randint(4, 8, 1), randn(8, 1), randn(8, 6)]),
  parity("lora", "Net", [randn(5, 10)]),
  parity("tagged", "Net", [randn(4, 3, 8, 8)]),
  parity("pooled_regions", "Head", [randn(2, 6, 14, 13), python(BOXES)], { loss: "sum" }),
  parity("wavenet", "WaveNet", [randint(32, 2, 24)]),
  parity("packed", "Tagger", [randint(25, 3, 9), python("torch.tensor([5, 9, 3])")]),
  // Witness: the installed torchvision. Here: our own, since its sources are not given.
  ...["densenet", "mobilenet_v2", "mobilenet_v3", "efficientnet", "shufflenet", "convnext"]
    .concat(["googlenet", "deeplab", "lraspp"])
    .map((entry) => parity("zoo", entry, [randn(2, 3, 32, 32)], { loss: "sum" })),
  ...["1_0", "1_1"].map((version) =>
    parity("zoo", "squeezenet", [randn(2, 3, 40, 40)], { variant: version, args: [version] }),
  ),
  parity("zoo", "inception", [randn(2, 3, 75, 75)], { mode: "eval", loss: "sum" }),
  parity("zoo", "inception_aux", [randn(2, 6, 17, 17)], { loss: "sum" }),
];

/** Files that import torchvision: they run beside the installed one. */
export const PACKAGE_CASES: readonly Case[] = [
  parity("finetune", "FineTuned", [randn(3, 3, 32, 32)]),
  parity("regions", "Regions", [randn(2, 3, 14, 13), python(BOXES)], { loss: "sum" }),
];
