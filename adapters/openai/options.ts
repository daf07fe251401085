/** Which options the fetch takes, and what a call is to those that are functions of it. */
import * as z from "zod";
import {
  type CommonOptions,
  type CommonSettings,
  callable,
  checkOptions,
  commonFields,
  commonSettings,
  type RepriseLike,
} from "../shared/options.js";

/** A call as the options see it. */
export interface OpenAICall {
  readonly url: string;
  /** The body as JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of `repriseFetch`. */
export interface RepriseFetchOptions extends CommonOptions<OpenAICall> {
  /** Asks the provider. Default: the runtime's own `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Clock and ids, for tests. */
  readonly now?: (() => number) | undefined;
  readonly generateId?: (() => string) | undefined;
}

/** The options as they are read. */
export interface Settings extends CommonSettings<OpenAICall> {
  readonly now: () => number;
  readonly generateId: () => string;
}

const schema = z.strictObject(
  { ...commonFields, fetch: callable.optional(), now: callable.optional(), generateId: callable.optional() },
  "must be an object",
);

/**
 * Checks the options and fills in what is not given. Throws `RepriseError` `BAD_OPTION` naming the option.
 */
export function resolveOptions(cache: RepriseLike, options: RepriseFetchOptions = {}): Settings {
  checkOptions("repriseFetch", cache, { options, schema });
  return {
    ...commonSettings(cache, options),
    now: options.now ?? Date.now,
    generateId: options.generateId ?? (() => crypto.randomUUID().replaceAll("-", "")),
  };
}
