/** What draws.test.ts draws: expressions, and a layer of every kind. */

const each = (names: string, write: (name: string) => string): string[] =>
  names.split(" ").map(write);

const IN_PLACE = ["uniform_(-2, 3)", "normal_(1, 2)", "random_()", "random_(5)", "random_(-3, 9)"];
const CONTINUOUS = ["exponential_(0.5)", "log_normal_(0.1, 0.2)", "cauchy_(1, 2)"];

export const DRAWS: readonly string[] = [
  ...[1, 7, 15, 16, 17, 33, 1000].flatMap((n) => [
    `torch.rand(${String(n)})`,
    `torch.randn(${String(n)})`,
    `torch.randperm(${String(n)})`,
  ]),
  ...["float64", "float16", "bfloat16"].map((t) => `torch.rand(20, dtype=torch.${t})`),
  "torch.randn(20, dtype=torch.float64)",
  "torch.randn(5, dtype=torch.float64), torch.randn(3), torch.rand(2)",
  "torch.randint(10, (20,)), torch.randint(-5, 2**40, (20,)), torch.randint(0, 2**31, (9,))",
  ...IN_PLACE.map((call) => `torch.empty(3, 11).${call}`),
  ...IN_PLACE.map((call) => `torch.empty(3, 11, dtype=torch.float64).${call}`),
  ...CONTINUOUS.map((call) => `torch.empty(3, 11, dtype=torch.float64).${call}`),
  ...each("int64 int32 uint8 bool", (t) => `torch.empty(9, dtype=torch.${t}).random_()`),
  "torch.empty(4, 10).t().normal_()",
  "torch.zeros(6, 8)[:, ::2].uniform_()",
  "torch.empty(40).bernoulli_(0.3), torch.bernoulli(torch.full((20,), 0.7))",
  "torch.empty(20).bernoulli_(torch.rand(20))",
  "torch.empty(9).geometric_(0.3)",
  "torch.multinomial(torch.rand(3, 6), 4), torch.multinomial(torch.rand(6), 9, replacement=True)",
  "torch.normal(2.0, 3.0, (4, 5)), torch.normal(torch.zeros(20), 2.0), torch.normal(0.0, torch.rand(20))",
  "torch.rand_like(torch.zeros(3, 4)), torch.randn_like(torch.zeros(3, 8)), torch.randint_like(torch.zeros(9), 7)",
  "torch.rand(5, generator=torch.Generator().manual_seed(3)), torch.rand(5)",
  "F.dropout(torch.ones(50), 0.3), F.dropout2d(torch.ones(4, 5, 2, 2)), F.alpha_dropout(torch.ones(30), 0.2)",
  "F.dropout(torch.ones(6, 9).t(), 0.5)",
  "F.gumbel_softmax(torch.zeros(3, 7), hard=True)",
  "F.rrelu(-torch.ones(20, dtype=torch.float64), training=True)",
  ...each(
    "uniform_ normal_ ones_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_",
    (name) => {
      return `init.${name}(torch.empty(5, 4, 3))`;
    },
  ),
  "init.trunc_normal_(torch.empty(40), std=0.02), init.sparse_(torch.empty(10, 4), 0.3)",
  "init.kaiming_normal_(torch.empty(8, 3, 3, 3), mode='fan_out', nonlinearity='relu')",
  "init.orthogonal_(torch.empty(5, 4, dtype=torch.float64))",
  "init.dirac_(torch.empty(4, 3, 3)), init.eye_(torch.empty(3, 5)), init.constant_(torch.empty(3), 0.3)",
];

const CHANNELS = [1, 2, 3].flatMap((n) => [
  `nn.Conv${String(n)}d(4, 6, 3, groups=2)`,
  `nn.Conv${String(n)}d(4, 6, 3, bias=False)`,
  `nn.ConvTranspose${String(n)}d(4, 6, 3, groups=2)`,
  `nn.BatchNorm${String(n)}d(5)`,
  `nn.InstanceNorm${String(n)}d(5, affine=True)`,
  `(m := nn.LazyConv${String(n)}d(6, 3), m(torch.ones(2, 3, *[5] * ${String(n)})), m)[-1]`,
]);

export const LAYERS: readonly string[] = [
  "nn.Linear(7, 5)",
  "nn.Linear(7, 5, bias=False)",
  "nn.Linear(7, 5, dtype=torch.float64)",
  "nn.Bilinear(3, 4, 5)",
  "nn.Embedding(9, 5)",
  "nn.Embedding(9, 5, padding_idx=2)",
  "nn.EmbeddingBag(9, 5)",
  ...CHANNELS,
  "nn.GroupNorm(2, 6)",
  "nn.LayerNorm((3, 4))",
  "nn.PReLU(3)",
  "nn.RNN(3, 4, 2, nonlinearity='relu')",
  "nn.LSTM(3, 4, 2, bidirectional=True)",
  "nn.LSTM(3, 6, proj_size=2)",
  "nn.GRU(3, 4, bias=False)",
  ...each("RNNCell LSTMCell GRUCell", (name) => `nn.${name}(3, 4)`),
  "nn.MultiheadAttention(8, 2)",
  "nn.MultiheadAttention(8, 2, kdim=5, vdim=3, add_bias_kv=True)",
  "nn.TransformerEncoderLayer(8, 2, 16)",
  "nn.TransformerDecoderLayer(8, 2, 16)",
  "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)",
  "nn.Transformer(8, 2, 1, 1, 16)",
  "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2))",
  // What is computed from draws, and not drawn, is rounded otherwise in float32.
  "nn.utils.weight_norm(nn.Linear(7, 5, dtype=torch.float64))",
  "nn.utils.spectral_norm(nn.Conv2d(3, 4, 3, dtype=torch.float64))",
  "nn.utils.parametrizations.spectral_norm(nn.Linear(7, 5, dtype=torch.float64))",
  "nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10])",
];
