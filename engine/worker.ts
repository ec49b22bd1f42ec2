/** The analysis thread: opens a closed room, passes requests in and messages out. One run per thread. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { dropFunctionConstructors, openRealm } from "./realm.ts";
import type { FromWorker, Question, ToWorker } from "./protocol.ts";

/** After that time a question counts as refused. */
const ANSWER_MS = 20_000;

const port = parentPort;
if (!port) throw new Error("internal: the worker needs a parent");

const post = (message: FromWorker): void => {
  port.postMessage(message);
};

/** Never looks at the value: it may be the user's, and looking would call its code with objects of this realm. */
const giveUp = (): void => {
  post({ type: "failed", code: "worker-died", message: "an error escaped from the room" });
};
process.on("uncaughtException", giveUp);
process.on("unhandledRejection", giveUp);

const { dir, bell } = workerData as { dir: string; bell: Int32Array<SharedArrayBuffer> };
let lastQuestion = 0;

/** Sleeps until the client has answered. Undefined: refused. */
function ask(question: Question): string | undefined {
  const id = ++lastQuestion;
  const end = performance.now() + ANSWER_MS;
  post({ type: "ask", id, question });
  for (;;) {
    Atomics.wait(bell, 0, 0, Math.max(end - performance.now(), 0));
    Atomics.store(bell, 0, 0);
    for (let got = receiveMessageOnPort(port!); got; got = receiveMessageOnPort(port!)) {
      const message = got.message as ToWorker;
      if (message.type === "answer" && message.id === id) return message.text ?? undefined;
    }
    if (performance.now() >= end) return undefined;
  }
}

dropFunctionConstructors();
// Meanwhile the client's thread reads and compiles what the room opens with.
const { room, outside, filesOf } = openRealm(readFileSync(join(dir, "room.js"), "utf8"), dir, ask);
const { open, analyze } = room;
const send = (json: string): void => {
  if (typeof json === "string") post(JSON.parse(json) as FromWorker);
};
port.on("message", (message: ToWorker) => {
  if (message.type === "open") open(outside, send, filesOf(message.parts));
  // An answer here came after its question was given up.
  else if (message.type === "analyze") analyze(JSON.stringify(message.request));
});
