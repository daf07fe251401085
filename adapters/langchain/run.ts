/** How the config of a run, and who hears of its replies, gets to where the replies are made. */
import type { ScopeConfig } from "./options.js";
import { isRecord } from "./plain.js";

const RUN: unique symbol = Symbol("reprise.run");

/** The options with the whole config in them, which LangChain takes apart on the way. */
export function withRun(options: object | undefined): object {
  return { ...options, [RUN]: options ?? {} };
}

/** The config of the run that a call belongs to; the call's own options where LangChain was not asked. */
export function runOf(options: object): ScopeConfig {
  return ((options as { [RUN]?: object })[RUN] ?? options) as ScopeConfig;
}

/** The options without what was handed on in them. */
export function withoutRun<Options extends object>(options: Options): Options {
  const { [RUN]: _handed, ...rest } = options as Options & { [RUN]?: object };
  return rest as Options;
}

// Hidden from traces by its underscores; it goes wherever the config goes.
const LISTENER = "__reprise_answered";

/**
 * A config whose run tells of the answers that are given in it, by their ids; whoever listened before still
 * hears of them.
 */
export function listening(
  config: object | undefined,
  listener: (id: string) => void,
): { configurable: Record<string, unknown> } {
  const { configurable } = (config ?? {}) as { configurable?: Record<string, unknown> };
  const before = configurable?.[LISTENER];
  const both = (id: string): void => {
    listener(id);
    if (typeof before === "function") before(id);
  };
  return { ...config, configurable: { ...configurable, [LISTENER]: both } };
}

/** Tells who listens to this run that an answer was given. */
export function tellAnswer({ configurable }: ScopeConfig, id: string | undefined): void {
  const listener = isRecord(configurable) ? configurable[LISTENER] : undefined;
  if (id !== undefined && typeof listener === "function") listener(id);
}
