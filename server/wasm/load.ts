/** Which files are plugins: checked when they are loaded, so that none is missed when it is needed. */
import { readFile } from "node:fs/promises";
import type { GatewayHook, HookCall, JsonObject } from "../hooks/define.js";
import { BadHookResult, type LoadedHook, type Point } from "../hooks/run.js";
import { compile, exportsOf, importsOf, type Module } from "./engine.js";
import { BadMemory, withMemoryLimit } from "./memory.js";
import { type Plugin, PluginFailed, startPlugin } from "./plugin.js";

/** A plugin that cannot be taken. The message names the file, and says what is wrong. */
export class BadPlugin extends Error {
  override readonly name = "BadPlugin";
}

/** What the configuration says of a plugin. */
export interface PluginFile {
  readonly name: string;
  /** Where it lies, and as it stands in the configuration. */
  readonly path: string;
  readonly written: string;
  readonly onError: "open" | "closed";
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes. */
  readonly memory: number;
  readonly options: JsonObject;
}

/** The export of each function, and what it is handed beside `call` and `options`. */
const EXPORTS: Readonly<Record<Point, { readonly name: string; readonly given: string }>> = {
  request: { name: "request", given: "body" },
  modelCall: { name: "model_call", given: "body" },
  reply: { name: "reply", given: "reply" },
  chunk: { name: "chunk", given: "chunk" },
  trace: { name: "trace", given: "facts" },
};

const HOST = "extism:host/env";

/**
 * Reads, checks and starts a plugin.
 *
 * @throws BadPlugin
 */
export async function loadPlugin(file: PluginFile): Promise<LoadedHook> {
  const fail = (why: string): never => {
    throw new BadPlugin(`the plugin ${file.written} cannot be taken: ${why}`);
  };
  const bytes = await readFile(file.path).catch((error: NodeJS.ErrnoException) =>
    fail(`it cannot be read (${error.code ?? error.name})`),
  );
  const module = await compiled(bytes, file.memory).catch((error: unknown) =>
    fail(error instanceof BadMemory ? error.message : "it is no WebAssembly module"),
  );
  for (const { module: from, name, kind } of importsOf(module))
    if (kind !== "function" || (from !== HOST && !(from === "env" && name === "abort")))
      fail(`it imports ${from} ${name}, and gets functions of ${HOST} alone: no WASI, no memory`);
  const points = pointsOf(module);
  if (points.length === 0)
    fail(
      `it exports none of the functions ${Object.values(EXPORTS)
        .map((each) => each.name)
        .join(", ")}`,
    );
  if (points.includes("chunk") && !points.includes("reply"))
    fail("it exports chunk and not reply: replies that are no streams would pass unseen");
  const { name, timeout, memory, onError, options } = file;
  const plugin = await startPlugin({ module, memory, name, timeout }).catch((error: unknown) =>
    fail(
      error instanceof PluginFailed ? `it does not start (${error.message})` : "its thread does not start",
    ),
  );
  return {
    ...{ name, onError, timeout: undefined },
    hook: hookOf(plugin, points, options),
    close: () => plugin.close(),
  };
}

const compiled = async (bytes: Uint8Array, memory: number): Promise<Module> =>
  compile(withMemoryLimit(bytes, memory));

function pointsOf(module: Module): Point[] {
  const exported = exportsOf(module);
  return (Object.keys(EXPORTS) as Point[]).filter((point) =>
    exported.some(({ name, kind }) => kind === "function" && name === EXPORTS[point].name),
  );
}

/** JSON in, JSON out. */
function hookOf(plugin: Plugin, points: readonly Point[], options: JsonObject): GatewayHook {
  const functions = points.map((point) => {
    const { name, given } = EXPORTS[point];
    const run = async (handed: unknown, call: HookCall): Promise<unknown> => {
      const { id, api, model, stream, key, headers, state: kept } = call;
      const told = { id, api, model, stream, key, headers, state: kept };
      const output = await plugin.call({
        name,
        input: JSON.stringify({ call: told, [given]: handed, options }),
      });
      const { state, ...said } = resultOf(output);
      if (state !== undefined) replace(kept, state);
      if (point === "chunk") return said.text;
      return Object.keys(said).length > 0 ? said : undefined;
    };
    return [point, run] as const;
  });
  return Object.fromEntries(functions) as GatewayHook;
}

function resultOf(output: string | undefined): Record<string, unknown> {
  if (output === undefined || output === "") return {};
  let said: unknown;
  try {
    said = JSON.parse(output);
  } catch {
    throw new BadHookResult("a plugin returned no JSON");
  }
  if (typeof said !== "object" || said === null || Array.isArray(said))
    throw new BadHookResult("a plugin returned no JSON object");
  return said as Record<string, unknown>;
}

function replace(state: Record<string, unknown>, by: unknown): void {
  if (typeof by !== "object" || by === null || Array.isArray(by))
    throw new BadHookResult("a plugin returned a state that is no JSON object");
  for (const name of Object.keys(state)) delete state[name];
  Object.assign(state, by);
}
