/** Which options the four ways in and a single call may carry, and what happens to those nobody knows. */
import { type Answer, type BindingValue, type CacheRequest, type Reply, type ReplyDetails, RepriseError } from "reprise";
import { z } from "zod";
import { auditsOf } from "../shared/audits.js";
import { badOption, bindings, callable, callSchema, flag, type RepriseCallOptions, surviving, text } from "../shared/options.js";

/** What this adapter asks of a cache. `createCache` gives one. */
export interface RepriseLike {
  lookup(request: CacheRequest): Promise<Answer>;
  observe(request: CacheRequest, reply: Reply, details?: ReplyDetails): Promise<void>;
}

/** Options of every way in. */
export interface RepriseOptions {
  /** Values known to be data in every conversation; a call's own bindings go before them. */
  readonly bindings?: Readonly<Record<string, BindingValue>> | undefined;
  /** Keeps trees apart, a tenant's name for example. A call's own scope divides further, it never replaces this one. */
  readonly scope?: string | undefined;
  /**
   * The model's name in the scope, in place of `<provider>/<model>` and of the address of a server of your own. Set the same
   * name everywhere where replies of one model may answer for another, or where two frameworks name one model differently.
   */
  readonly model?: string | undefined;
  /** Identical requests in flight share one model call. Default `true`. */
  readonly coalesce?: boolean | undefined;
  /** Told about everything that failed inside; the caller of the model was served all the same. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

const optionsSchema = z.strictObject(
  {
    bindings: bindings.optional(),
    scope: text.optional(),
    model: text.optional(),
    coalesce: flag.optional(),
    onFault: callable.optional(),
  },
  "must be an object",
);

/** The options as every part of the adapter reads them. */
export interface Settings {
  readonly bindings: Readonly<Record<string, BindingValue>> | undefined;
  readonly scope: string | undefined;
  readonly model: string | undefined;
  readonly coalesce: boolean;
  readonly onFault: (error: unknown) => void;
}

/** Checks the cache and the options of `where`; throws a `RepriseError` that names the first thing that is wrong. */
export function resolveOptions(where: string, cache: RepriseLike, options: RepriseOptions = {}): Settings {
  if (typeof cache?.lookup !== "function" || typeof cache.observe !== "function") {
    throw new RepriseError("BAD_OPTION", `${where}: the cache must be one made by createCache`);
  }
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw badOption(where, parsed.error);
  const { onFault } = options;
  // Its audits run where it is made, not in the run that is the first to be audited.
  auditsOf(cache);
  return {
    bindings: options.bindings,
    scope: options.scope,
    model: options.model,
    coalesce: options.coalesce ?? true,
    onFault: surviving(onFault),
  };
}

/** The options of one call, checked. Throws a `RepriseError`; a call with wrong options still goes to the model. */
export function readCallOptions(given: unknown): RepriseCallOptions {
  if (given === undefined || given === null) return {};
  const parsed = callSchema.safeParse(given);
  if (!parsed.success) throw badOption("reprise (call options)", parsed.error);
  return parsed.data;
}
