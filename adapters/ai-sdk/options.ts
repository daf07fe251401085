/** Which options the middleware and a single call may carry, and what happens to those it does not know. */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { BindingValue, RepriseError } from "reprise";
import { z } from "zod";
import { badOption, bindings, callable, callSchema, flag, type RepriseCallOptions, surviving } from "../shared/options.js";

/** Options of `repriseMiddleware`. */
export interface RepriseMiddlewareOptions {
  /** Values known to be data in every conversation of this model; a call's own bindings go before them. */
  readonly bindings?: Readonly<Record<string, BindingValue>> | undefined;
  /**
   * Keeps trees apart: a tenant's name, or a function that reads it from the call. A call's own scope divides further, it
   * never replaces this one. If the function throws, the call goes to the model.
   */
  readonly scope?: string | ((params: LanguageModelV4CallOptions) => string | undefined) | undefined;
  /** Identical requests in flight share one model call. Default `true`. */
  readonly coalesce?: boolean | undefined;
  /** Makes the ids of hits; every call must return another one. Default: random. */
  readonly generateId?: (() => string) | undefined;
  /** The clock for a hit's response timestamp, in milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Told about everything that failed inside; the caller of the model was served all the same. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

const middlewareSchema = z.strictObject({
  bindings: bindings.optional(),
  scope: z.union([z.string(), callable], "must be a string or a function").optional(),
  coalesce: flag.optional(),
  generateId: callable.optional(),
  now: callable.optional(),
  onFault: callable.optional(),
});

/** Settings every part of the middleware reads. */
export interface MiddlewareSettings {
  readonly bindings: Readonly<Record<string, BindingValue>> | undefined;
  readonly scope: (params: LanguageModelV4CallOptions) => string | undefined;
  readonly coalesce: boolean;
  readonly generateId: () => string;
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
}

/** Checks and completes the middleware's options; throws a `RepriseError` that names the first one that is wrong. */
export function resolveOptions(options: RepriseMiddlewareOptions = {}): MiddlewareSettings {
  const parsed = middlewareSchema.safeParse(options);
  if (!parsed.success) throw badOption("repriseMiddleware", parsed.error);
  const { scope, onFault } = options;
  return {
    bindings: options.bindings,
    scope: typeof scope === "function" ? scope : () => scope,
    coalesce: options.coalesce ?? true,
    generateId: options.generateId ?? (() => crypto.randomUUID().replaceAll("-", "")),
    now: options.now ?? Date.now,
    onFault: surviving(onFault),
  };
}

/** The options of one call: checked, or refused with the error that says why. */
export type CallOptions =
  | { readonly ok: true; readonly options: RepriseCallOptions }
  | { readonly ok: false; readonly error: RepriseError };

/** Reads `providerOptions.reprise`. Never throws: a call with wrong options is still a call. */
export function readCallOptions(params: LanguageModelV4CallOptions): CallOptions {
  const given: unknown = params.providerOptions?.reprise;
  if (given === undefined) return { ok: true, options: {} };
  const parsed = callSchema.safeParse(given);
  return parsed.success ? { ok: true, options: parsed.data } : { ok: false, error: badOption("providerOptions.reprise", parsed.error) };
}

/** The call as the provider may see it: without `providerOptions.reprise`. Always a new object. */
export function stripCallOptions(params: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  if (params.providerOptions?.reprise === undefined) return { ...params };
  const { reprise: _ours, ...others } = params.providerOptions;
  if (Object.keys(others).length > 0) return { ...params, providerOptions: others };
  const { providerOptions: _none, ...rest } = params;
  return rest;
}
