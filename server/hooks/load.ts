/** Which hooks a configuration has: their modules are loaded and checked before the first request. */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { Unchangeable } from "../config/watch.js";
import type { Hooks } from "../stages.js";
import { BadPlugin, loadPlugin } from "../wasm/load.js";
import { createHooks } from "./chain.js";
import type { GatewayHook, HookModule } from "./define.js";
import { type LoadedHook, type OnRun, POINTS } from "./run.js";
import type { HooksConfig } from "./schema.js";

/** A hook that cannot be taken. The message names its place in the list and its file, and says what is wrong. */
export class BadHook extends Unchangeable {
  constructor(message: string, index: number) {
    super(`hooks.${index}: ${message}`);
  }
}

/** What hooks are loaded with. */
export interface HookLoading {
  /** What paths in the configuration start from. */
  readonly folder: string;
  readonly onRun: OnRun;
}

/**
 * Loads the hooks in their order; `undefined` where there are none. What was loaded is let go where one cannot
 * be.
 *
 * @throws BadHook
 */
export async function loadHooks(
  config: HooksConfig,
  { folder, onRun }: HookLoading,
): Promise<Hooks | undefined> {
  if (config.length === 0) return undefined;
  const loaded: LoadedHook[] = [];
  try {
    for (const [index, entry] of config.entries()) loaded.push(await loadOne({ entry, index, folder }));
    const twice = loaded.findIndex(({ name }, at) => loaded.findIndex((other) => other.name === name) < at);
    if (twice >= 0)
      throw new BadHook(`two hooks are called "${loaded[twice]?.name}"; give one another \`name\``, twice);
    return createHooks(loaded, onRun);
  } catch (error) {
    await Promise.allSettled(loaded.map((each) => each.close?.()));
    throw error;
  }
}

/** Whether hooks would be taken: they are loaded, and let go. Rejects with `BadHook`. */
export async function checkHooks(config: HooksConfig, folder: string): Promise<void> {
  const hooks = await loadHooks(config, { folder, onRun: () => {} });
  await hooks?.close?.();
}

interface Entry {
  readonly entry: HooksConfig[number];
  readonly index: number;
  readonly folder: string;
}

async function loadOne({ entry, index, folder }: Entry): Promise<LoadedHook> {
  const written = entry.module ?? entry.wasm ?? "";
  const path = resolve(folder, written);
  const timeout = entry.timeout * 1_000;
  const named = basename(written).replace(/\.\w+$/, "");
  if (entry.wasm !== undefined) {
    try {
      return await loadPlugin({
        ...{ name: entry.name ?? named, path, written, timeout, options: entry.options },
        onError: entry.on_error ?? "closed",
        memory: entry.memory * 1024 * 1024,
      });
    } catch (error) {
      if (error instanceof BadPlugin) throw new BadHook(error.message, index);
      throw error;
    }
  }
  const hook = await hookIn(path, { written, index, options: entry.options });
  return {
    name: entry.name ?? hook.name ?? named,
    onError: entry.on_error ?? hook.onError ?? "closed",
    timeout,
    hook,
  };
}

const callable = z.custom<(...given: unknown[]) => unknown>(
  (value) => typeof value === "function",
  "is no function",
);
const record = z.strictObject({
  name: z.string().min(1).optional(),
  onError: z.enum(["open", "closed"]).optional(),
  ...Object.fromEntries(POINTS.map((point) => [point, callable.optional()])),
});

async function hookIn(
  path: string,
  { written, index, options }: { written: string; index: number; options: Record<string, unknown> },
): Promise<GatewayHook> {
  const fail = (why: string): never => {
    throw new BadHook(`the hook ${written} cannot be taken: ${why}`, index);
  };
  const file = await stat(path).catch((error: NodeJS.ErrnoException) =>
    fail(`it cannot be read (${error.code ?? error.name})`),
  );
  // A file that was changed is another module: Node reads each address once.
  const url = `${pathToFileURL(path).href}?v=${file.mtimeMs}`;
  const module = await import(url).then(
    (exported) => exported as Readonly<Record<string, unknown>>,
    (error: unknown) => fail(`it does not load (${told(error)})`),
  );
  const given = (module.hook ?? module.default) as HookModule | undefined;
  if (given === undefined) fail("it exports no `hook`");
  const hook: unknown =
    typeof given === "function"
      ? await (async () => given(options))().catch((error: unknown) =>
          fail(`it takes no such options (${told(error)})`),
        )
      : given;
  const read = record.safeParse(hook);
  const [issue] = read.error?.issues ?? [];
  if (issue?.code === "unrecognized_keys")
    fail(`a hook has no "${issue.keys[0]}"; its functions are ${POINTS.join(", ")}`);
  if (issue) fail(`"${issue.path.join(".")}" ${issue.message}`);
  const functions = hook as GatewayHook;
  if (!POINTS.some((point) => functions[point])) fail(`it has none of the functions ${POINTS.join(", ")}`);
  if (functions.chunk && !functions.reply)
    fail("it has `chunk` and no `reply`: replies that are no streams would pass unseen");
  return functions;
}

const told = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
