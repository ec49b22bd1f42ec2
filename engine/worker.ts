/** The analysis thread: opens a closed room, passes requests in and messages out. One run per thread. */
import { parentPort, workerData } from "node:worker_threads";
import { dropFunctionConstructors, openRealm, type RoomParts } from "./realm.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

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

dropFunctionConstructors();
const { room, files, outside } = openRealm(workerData as RoomParts);
const { open, analyze } = room;
open(
  outside,
  (json) => {
    if (typeof json === "string") post(JSON.parse(json) as FromWorker);
  },
  files,
);
port.on("message", (message: ToWorker) => {
  analyze(JSON.stringify(message.request));
});
