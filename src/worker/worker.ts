/** The entry of the worker that learns: hands messages to a replica and back. */
import { parentPort, workerData } from "node:worker_threads";
import type { ToWorker } from "./messages.js";
import { openReplica, type PlainSettings } from "./replica.js";

const take = openReplica(workerData as PlainSettings, (message) => parentPort?.postMessage(message));
parentPort?.on("message", (message: ToWorker) => take(message));
