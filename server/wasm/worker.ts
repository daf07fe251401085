/** The thread of a plugin: no hosts, no paths, no WASI, no environment; texts in and out. */
import { parentPort, workerData } from "node:worker_threads";
import { createPlugin, type Plugin } from "@extism/extism";
import type { PluginCall, PluginData, PluginSaid } from "./messages.ts";

const { module, memory } = workerData as PluginData;
const say = (said: PluginSaid): void => parentPort?.postMessage(said);
const quiet = { ...console, debug() {}, info() {}, warn() {}, error() {} };

/** What the host has given in this call. */
let given = 0;

type Context = { alloc(size: bigint): bigint };

function open(): Promise<Plugin> {
  return createPlugin(
    { wasm: [{ module: module as never }] },
    {
      logger: quiet as Console,
      allowedHosts: [],
      allowedPaths: {},
      fetch: () => Promise.reject(new Error("a plugin asks nobody")),
      functions: {
        "extism:host/env": {
          alloc(context: Context, size: bigint): bigint {
            given += Number(size);
            if (!(given <= memory)) throw new RangeError("the memory that a call may ask for is used up");
            return context.alloc(size);
          },
          // What is reset between calls would leave variables pointing at the next call's memory.
          var_get: () => 0n,
          var_set() {
            throw new Error("there are no variables");
          },
        },
        // AssemblyScript calls it where it would trap.
        env: {
          abort() {
            throw new Error("abort");
          },
        },
      },
    },
  );
}

let plugin: Plugin | undefined = await open();
let called: Promise<void> = Promise.resolve();

async function call({ name, input }: PluginCall): Promise<void> {
  try {
    given = 0;
    plugin ??= await open();
    const output = await plugin.call(name, new TextEncoder().encode(input).slice());
    const text =
      output === null ? undefined : new TextDecoder("utf-8", { fatal: true }).decode(output.bytes());
    await plugin.reset();
    say({ kind: "returned", output: text });
  } catch (error) {
    // Broken off anywhere, its memory may be in any state: the next call finds a new one.
    plugin = undefined;
    say({ kind: "failed", error: error instanceof Error ? error.constructor.name : typeof error });
  }
}

parentPort?.on("message", (message: PluginCall) => {
  called = called.then(() => call(message));
});
say({ kind: "ready" });
