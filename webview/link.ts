import { readMessage } from "./guards.ts";
import type { Method, Notice, Reply, Requests } from "./protocol.ts";

/** How long the extension may keep a request waiting, ms. */
const PATIENCE = 15_000;

type Post = (message: unknown) => void;

/** The panel's end of the protocol: requests out, replies and notices in. */
export class Link {
  readonly #post: Post;
  readonly #onNotice: (notice: Notice) => void;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  constructor(post: Post, onNotice: (notice: Notice) => void) {
    this.#post = post;
    this.#onNotice = onNotice;
  }

  /** Never rejects and never hangs: without an answer in time the reply is `ok: false`, "timeout". */
  request<M extends Method>(method: M, params: Requests[M]["params"]): Promise<Reply> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        const message = `VS Code did not answer "${method}" within ${String(PATIENCE / 1000)} s.`;
        resolve({ id, ok: false, code: "timeout", message });
      }, PATIENCE);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.#post({ id, method, params });
    });
  }

  /** Takes one message event's data; what is not of the protocol is ignored. */
  receive(data: unknown): void {
    const incoming = readMessage(data);
    if (incoming === undefined) return;
    if (incoming.kind === "notice") {
      this.#onNotice(incoming.notice);
      return;
    }
    const { reply } = incoming;
    const resolve = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    resolve?.(reply);
  }
}
