/** What a rule proposes, in the model's own terms; `chainrule/edits.py` makes edits of the source of it. */
import type { Span } from "../report.ts";

/** Activations that a remedy may put in, by their functional names. */
export type Activation = "relu" | "gelu" | "tanh";

/** One change of the model, in its own terms; Python's side (chainrule/edits.py) turns it into edits of the source. */
export type Step =
  /** Another activation at these places, calls or constructors of `from`. */
  | {
      readonly kind: "activation";
      readonly at: readonly Span[];
      readonly from: string;
      readonly to: Activation;
    }
  /** Weights of these layer types drawn with the gain of the activation that follows; biases zero. */
  | {
      readonly kind: "initialise";
      readonly types: readonly string[];
      /** `small`: normal with a standard deviation of 0.02; `orthogonal`: keeps lengths exactly. Both leave biases as they are. */
      readonly gain: Activation | "linear" | "small" | "orthogonal";
    }
  /** Weights of these layer types normal with a standard deviation of `gain`/√fan_in. */
  | { readonly kind: "draw"; readonly types: readonly string[]; readonly gain: number }
  /** A normalisation after the layers that are constructed at these places, or before them. */
  | { readonly kind: "normalise"; readonly at: readonly Span[]; readonly isBefore?: true }
  /** Logarithms, roots and masks of −∞ within these calls, or within the classes of these modules, kept finite. */
  | { readonly kind: "guard"; readonly at: readonly Span[]; readonly types: readonly string[] }
  /** The batch normalisations that are constructed at these places become GroupNorm with one group. */
  | { readonly kind: "group"; readonly at: readonly Span[] }
  /**
   * The scores that these softmax calls are given divided by √channels, `isInstead` of what they are divided or multiplied by; `isModule`:
   * called as a module, not as a function or method.
   */
  | {
      readonly kind: "divide";
      readonly at: readonly Span[];
      /** Null: by nothing. */
      readonly channels: number | null;
      readonly isModule: boolean;
      readonly isInstead: boolean;
    }
  /** The layers at these places gone: a constructor becomes Identity, a call its first argument. */
  | { readonly kind: "remove"; readonly at: readonly Span[]; readonly name: string }
  /** Another name for what is called at these places, with the same arguments. */
  | {
      readonly kind: "rename";
      readonly at: readonly Span[];
      readonly from: string;
      readonly to: string;
    }
  /** `x = f(x)` at these calls becomes `x = x + f(x)`. */
  | { readonly kind: "residual"; readonly at: readonly Span[] }
  /** What the attribute `name` of the class `owner` is given, registered: ModuleList, ModuleDict or Parameter. */
  | {
      readonly kind: "register";
      readonly owner: string;
      readonly name: string;
      readonly isModule: boolean;
    }
  /** This number at these places, or else wherever the file has it, by one that the half dtype holds. */
  | {
      readonly kind: "fit";
      readonly at: readonly Span[];
      /** Null: every number there that is beyond the dtype's range. */
      readonly value: number | null;
      readonly dtype: string;
    }
  /** `scaler.unscale_(optimizer)` before the statements at these places. */
  | { readonly kind: "unscale"; readonly at: readonly Span[] }
  /** Weights and inputs left in float32: `.half()`, `.bfloat16()` and `.to(torch.float16)` gone from the file, `dtype=torch.float16` float32. */
  | { readonly kind: "widen" }
  /** An axis of length 1 taken out of an argument of the calls at these places. */
  | {
      readonly kind: "squeeze";
      readonly at: readonly Span[];
      readonly argument: number;
      readonly axis: number;
    }
  /** bfloat16 in every autocast of the file. */
  | { readonly kind: "bfloat16" }
  /** A GradScaler around `backward()` and `step()` of the script. */
  | { readonly kind: "scaler" }
  /** A keyword argument of the calls at these places. */
  | {
      readonly kind: "argument";
      readonly at: readonly Span[];
      readonly name: string;
      readonly value: number | true;
    }
  /** The learning rate of the optimizers that are made at these places. */
  | { readonly kind: "rate"; readonly at: readonly Span[]; readonly lr: number }
  /** Losses that are summed, averaged instead: wherever the file says `reduction="sum"`. */
  | { readonly kind: "reduce" }
  /** `zero_grad()` between `backward()` and `step()` put before `backward()`. */
  | { readonly kind: "clear" }
  /** The optimizers that are made at these places are given the parameters of the model that this variable holds. */
  | { readonly kind: "hold"; readonly at: readonly Span[]; readonly name: string }
  /** What cuts a tensor off from its history at these places gone: `detach()`, `.data`, `item()`, a copy by `torch.tensor`. */
  | { readonly kind: "attach"; readonly at: readonly Span[] }
  /** The statements at these places put behind the loop that they stand in. */
  | { readonly kind: "byEpoch"; readonly at: readonly Span[] }
  /** The second operand of the subtractions at these places detached: `a - b` becomes `a - b.detach()`. */
  | { readonly kind: "detach"; readonly at: readonly Span[] }
  /** What is detached at these places keeps its history, and is detached where the first loss behind them uses it. */
  | { readonly kind: "attachLate"; readonly at: readonly Span[] }
  /** The optimizers that are made at these places made behind the statement at `behind`. */
  | { readonly kind: "later"; readonly at: readonly Span[]; readonly behind: Span }
  /** The layers that `forward` makes at these places made in the constructor instead, with these widths. */
  | {
      readonly kind: "build";
      readonly at: readonly Span[];
      readonly sizes: Readonly<Record<string, number>>;
    }
  /** The softmax calls or modules at these places go over this axis. */
  | { readonly kind: "axis"; readonly at: readonly Span[]; readonly axis: number }
  /** The softmax calls or modules at these places become sigmoids. */
  | { readonly kind: "sigmoid"; readonly at: readonly Span[] }
  /** The second argument of the losses at these places, which goes from `least` to `most`, brought to 0 to 1. */
  | {
      readonly kind: "range";
      readonly at: readonly Span[];
      readonly least: number;
      readonly most: number;
    }
  /** Tensors that the user's code draws itself, multiplied by a factor where they are drawn. */
  | {
      readonly kind: "shrink";
      readonly weights: readonly { readonly name: string; readonly factor: number }[];
      /** To the size of embeddings, not by their fan-in. */
      readonly isEmbedding?: true;
    }
  /** The first two arguments of the calls at these places exchanged. */
  | { readonly kind: "swap"; readonly at: readonly Span[] }
  /** Gradients clipped before `step()`, not behind it. */
  | { readonly kind: "clipFirst" }
  /** In-place operations at these places that make new tensors instead: `x = x.mul(y)`, `x = x * y`. */
  | { readonly kind: "outOfPlace"; readonly at: readonly Span[] }
  /** Gradients clipped behind `backward()`, not before it. */
  | { readonly kind: "clipBehind" }
  /** Recurrent weights drawn orthogonal, or set to the identity (Le et al. 2015, for rectifiers). */
  | { readonly kind: "recurrent"; readonly draw: "orthogonal" | "identity" }
  /** LSTMs start with this bias of the forget gate. */
  | { readonly kind: "forget"; readonly bias: number }
  /** Branches `f(x)` of `x + f(x)` around these calls multiplied by 1/√ of their number; `calls`: how often each place runs. */
  | {
      readonly kind: "scale";
      readonly places: readonly { readonly at: Span; readonly calls: number }[];
    }
  /** The operand of the additions at these places multiplied by a factor. */
  | {
      readonly kind: "weaken";
      readonly at: readonly Span[];
      readonly operand: number;
      readonly factor: number;
    }
  /** `zero_grad()` of the optimizers that are made at these places nowhere but behind each `step()`. */
  | { readonly kind: "clear-late"; readonly at: readonly Span[] }
  /** `zero_grad()` put behind each `step()` of the optimizers that are made at these places. */
  | { readonly kind: "zero"; readonly at: readonly Span[] }
  /** Gradients clipped to this length before `step()` of the optimizers that are made at these places. */
  | { readonly kind: "clip"; readonly at: readonly Span[]; readonly norm: number };

/** Steps that belong together: they are applied and tried as one. */
export type Remedy = readonly Step[];
