/** Which options the middleware and a single call may carry, and where they stand. */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
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

/**
 * A call as the SDK gives it to a model, in every version of the SDK: its own types are of one version each,
 * and the older lacks those of the newer.
 */
export interface ModelCall {
  readonly prompt: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly type: string; readonly name: string }[] | undefined;
  readonly temperature?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  /** Every other setting of the call. */
  readonly [setting: string]: unknown;
}

/** Options of `repriseMiddleware`. */
export interface RepriseMiddlewareOptions extends CommonOptions<ModelCall> {
  /** Makes the ids of hits; every call must return another one. Default: random. */
  readonly generateId?: (() => string) | undefined;
  /** The clock for a hit's response timestamp, in milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const schema = z.strictObject(
  { ...commonFields, generateId: callable.optional(), now: callable.optional() },
  "must be an object",
);

/** Settings every part of the middleware reads. */
export interface MiddlewareSettings extends CommonSettings<ModelCall> {
  readonly generateId: () => string;
  readonly now: () => number;
}

/**
 * Checks and completes the middleware's options; throws a `RepriseError` that names the first one that is
 * wrong.
 */
export function resolveOptions(
  cache: RepriseLike,
  options: RepriseMiddlewareOptions = {},
): MiddlewareSettings {
  checkOptions("repriseMiddleware", cache, { options, schema });
  return {
    ...commonSettings(cache, options),
    generateId: options.generateId ?? (() => crypto.randomUUID().replaceAll("-", "")),
    now: options.now ?? Date.now,
  };
}

/** What a call carries for us, not checked. */
export function givenOptions(params: LanguageModelV4CallOptions): unknown {
  return params.providerOptions?.reprise;
}

/** The call as the provider may see it: without `providerOptions.reprise`. Always a new object. */
export function stripCallOptions(params: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  if (params.providerOptions?.reprise === undefined) return { ...params };
  const { reprise: _ours, ...others } = params.providerOptions;
  if (Object.keys(others).length > 0) return { ...params, providerOptions: others };
  const { providerOptions: _none, ...rest } = params;
  return rest;
}

/** Who would be asked: a model of any version of the SDK. */
export interface ExplainedModel {
  readonly provider: string;
  readonly modelId: string;
}
