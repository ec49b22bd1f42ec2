/** Which files of the user's project a run may read beside its Python sources: small texts that configure it, start it or that it learns from. */

/** By the end of the name. Nothing that Python would execute on reading, as a pickle is. */
const TEXT = /\.(json|jsonl|ya?ml|toml|csv|tsv|txt|cfg|ini|conf|names|md|rst|sh|config)$/i;

/** Names by which people keep keys and passwords: `api_key.json` and `token.txt` do, `tokenizer.json` and `keypoints.csv` do not. */
const SECRET =
  /^id_|secret|credential|passw|passphrase|private|api[-_]?key|access[-_]?token|kubeconfig|service[-_]?account|(^|[^a-z])(keys?|token|auth|oauth2?|wallet)([^a-z]|$)/i;

export const MAX_FILE_BYTES = 4 * 2 ** 20;
export const MAX_RUN_CHARACTERS = 32 * 2 ** 20;

/** Folders that no project keeps its own data in. */
const FOREIGN = /^(__pycache__|node_modules|site-packages|dist-packages)$/;

/** A folder's names are told by line. */
const UNTELLABLE = /[\p{Cc}\\/]/u;

const isOpen = (name: string): boolean =>
  name !== "" && !name.startsWith(".") && !UNTELLABLE.test(name) && !SECRET.test(name);

export const isDataFile = (name: string): boolean => TEXT.test(name) && isOpen(name);

export const isDataFolder = (name: string): boolean => !FOREIGN.test(name) && isOpen(name);

/** Text as it was on the disk: a file of another encoding would be read as something else. */
export const isExact = (text: string): boolean => !text.includes("\ufffd");
