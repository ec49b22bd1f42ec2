/** Texts of the panel in the user's language. */
let bundle: Readonly<Record<string, string>> = {};

/** `json`: translations by English text, as the page carries them; anything else leaves the English. */
export function useBundle(json: string | undefined): void {
  const given: unknown = json === undefined ? {} : JSON.parse(json);
  if (typeof given === "object" && given !== null) bundle = given as typeof bundle;
}

/** The text in the user's language, `{0}`, `{1}` … replaced by `values`. */
export function t(text: string, ...values: readonly (string | number)[]): string {
  const said = bundle[text] ?? text;
  if (values.length === 0) return said;
  return said.replace(/\{(\d+)\}/g, (hole, index: string) => String(values[Number(index)] ?? hole));
}
