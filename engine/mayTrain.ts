/** `includes` looks at megabytes of sources in no time; the expression does not. */
const WORDS = ["backward", "step", "lightning", "transformers", "ignite", "fastai"];
const STATEMENTS =
  /\.\s*(backward|step)\s*\(|^\s*(from|import)\b.*\b(pytorch_lightning|lightning|transformers|ignite|fastai)\b/m;

/** False for a source that trains nothing by itself; `training.py` looks closer at the others. */
export const mayTrain = (source: string): boolean =>
  WORDS.some((word) => source.includes(word)) && STATEMENTS.test(source);
