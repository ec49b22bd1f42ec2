/** Recurrent layers and attention. */
import { args, type Draw } from "./draw.ts";
import { each, property, type Property } from "./property.ts";

const recurrent = (name: string) => (d: Draw) => {
  const layers = d.int(1, 2);
  const both = d.chance(40);
  const hidden = d.int(1, 3);
  const projected = name === "LSTM" && hidden > 1 && d.chance(30) ? hidden - 1 : 0;
  const first = d.chance(50);
  const options = args(
    `num_layers=${layers}`,
    both ? "bidirectional=True" : "",
    first ? "batch_first=True" : "",
    d.some({ bias: ["False"] }, 25),
    layers > 1 ? d.some({ dropout: [0.5] }) : "",
    projected ? `proj_size=${projected}` : "",
    name === "RNN" ? d.some({ nonlinearity: ["'relu'", "'tanh'"] }) : "",
  );
  const [batch, time] = [d.int(1, 3), d.int(1, 4)];
  const lone = d.chance(12);
  const shape = lone ? [time, 2] : first ? [batch, time, 2] : [time, batch, 2];
  const x = d.tensor(d.chance(3) ? [...shape.slice(0, -1), 3] : shape);
  const state = (n: number): string =>
    d.tensor([layers * (both ? 2 : 1), ...(lone ? [] : [batch]), n]);
  const start = d.chance(40)
    ? name === "LSTM"
      ? `(${state(projected || hidden)}, ${state(hidden)})`
      : state(hidden)
    : "";
  const made = `net = nn.${name}(${args("2", String(hidden), options)}).double()${d.chance(20) ? ".eval()" : ""}`;
  if (lone || !d.chance(30)) return `${made}\nnet(${args(x, start)})`;
  const lengths = Array.from({ length: batch }, () => d.int(1, time));
  lengths[0] = time;
  const sorted = d.chance(50) ? [...lengths].sort((a, b) => b - a) : lengths;
  const packing = args(
    x,
    `[${sorted.join(", ")}]`,
    first ? "batch_first=True" : "",
    sorted === lengths ? "enforce_sorted=False" : "",
  );
  return `R = nn.utils.rnn\n${made}\ny, h = net(${args(`R.pack_padded_sequence(${packing})`, start)})\n(R.pad_packed_sequence(y${first ? ", batch_first=True" : ""}), h)`;
};

const MASKS = [
  "torch.ones(L, S, dtype=torch.bool).triu(1)",
  "torch.full((L, S), -float('inf')).triu(1).double()",
] as const;

export const RECURRENT: readonly Property[] = [
  ...each("RNN LSTM GRU", recurrent),
  ...each("RNNCell LSTMCell GRUCell", (name) => (d) => {
    const lone = d.chance(20);
    const state = (): string => d.tensor(lone ? [2] : [2, 2]);
    const start = d.chance(50) ? (name === "LSTMCell" ? `(${state()}, ${state()})` : state()) : "";
    return `net = nn.${name}(${args("3", "2", d.some({ bias: ["False"] }))}).double()\nnet(${args(d.tensor(lone ? [3] : [2, 3]), start)})`;
  }),
  property("nn.MultiheadAttention", (d) => {
    const heads = d.pick([2, 1, 3]);
    const wide = heads * d.int(1, 2);
    const first = d.chance(50);
    const own = d.chance(25) ? { k: 3, v: 2 } : { k: wide, v: wide };
    const options = args(
      first ? "batch_first=True" : "",
      d.some(
        { dropout: [0.5], bias: ["False"], add_bias_kv: ["True"], add_zero_attn: ["True"] },
        20,
      ),
      own.k === wide ? "" : "kdim=3, vdim=2",
    );
    const [n, long, source] = [d.int(1, 2), d.int(1, 3), d.int(1, 3)];
    const shape = (t: number, c: number): number[] => (first ? [n, t, c] : [t, n, c]);
    const mask = d.chance(30) ? `attn_mask=${d.pick(MASKS)}` : "";
    const padding = d.chance(30)
      ? `key_padding_mask=torch.arange(S).expand(${n}, S) >= ${d.int(1, source)}`
      : "";
    const call = args(
      d.tensor(shape(long, wide)),
      d.tensor(shape(source, own.k)),
      d.tensor(shape(source, own.v)),
      mask,
      padding,
      d.some({ need_weights: ["False"], average_attn_weights: ["False"] }, 25),
    );
    return `L, S = ${long}, ${source}\nnet = nn.MultiheadAttention(${args(String(wide), String(heads), options)}).double()${d.chance(20) ? ".eval()" : ""}\nnet(${call})`;
  }),
  ...each("TransformerEncoderLayer TransformerDecoderLayer", (name) => (d) => {
    const options = d.some(
      {
        dropout: [0.0, 0.5],
        activation: ["'gelu'", "F.gelu", "torch.tanh"],
        layer_norm_eps: [0.1],
        batch_first: ["True"],
        norm_first: ["True"],
      },
      50,
    );
    const decoder = name.includes("Decoder");
    const x = d.tensor([2, 2, 4]);
    const mask = d.chance(40)
      ? `${decoder ? "tgt_mask" : "src_mask"}=torch.full((2, 2), -float('inf')).double().triu(1)`
      : "";
    return `net = nn.${name}(${args("4", "2", "5", options)}).double()${d.chance(20) ? ".eval()" : ""}\nnet(${args(x, decoder ? d.tensor([2, 2, 4]) : "", mask)})`;
  }),
  property("nn.Transformer", (d) => {
    const options = d.some(
      { dropout: [0.0], activation: ["'gelu'"], batch_first: ["True"], norm_first: ["True"] },
      50,
    );
    const mask = d.chance(50)
      ? "tgt_mask=nn.Transformer.generate_square_subsequent_mask(2).double()"
      : "";
    return `net = nn.Transformer(${args("4", "2", "1", "1", "5", options)}).double()\nnet(${args(d.tensor([2, 2, 4]), d.tensor([2, 2, 4]), mask)})`;
  }),
];
