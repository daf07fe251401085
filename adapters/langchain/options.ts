/** Which options the four ways in and a single call may carry. */
import type { RunnableConfig } from "@langchain/core/runnables";
import * as z from "zod";
import {
  type CommonOptions,
  type CommonSettings,
  checkOptions,
  commonFields,
  commonSettings,
  type RepriseLike,
} from "../shared/options.js";

/**
 * A call as `scope` sees it: the run's config with the call's own options in it, as far as LangChain hands it
 * on.
 */
export type ScopeConfig = RunnableConfig & {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly [option: string]: unknown;
};

/** Options of every way in. */
export interface RepriseOptions extends CommonOptions<ScopeConfig> {}

/** The options as every part of the adapter reads them. */
export type Settings = CommonSettings<ScopeConfig>;

const schema = z.strictObject(commonFields, "must be an object");

/**
 * Checks the cache and the options of `where`; throws a `RepriseError` that names the first thing that is
 * wrong.
 */
export function resolveOptions(where: string, cache: RepriseLike, options: RepriseOptions = {}): Settings {
  checkOptions(where, cache, { options, schema });
  return commonSettings(cache, options);
}

/** Where a call's own options stand. */
export const GIVEN_WHERE = "reprise (call options)";
