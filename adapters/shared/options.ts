/** Which options every adapter and a single call may carry, and how wrong options are told. */
import {
  type Answer,
  type BindingValue,
  type CacheRequest,
  type Explanation,
  type LookupOptions,
  type Outcome,
  type Reply,
  type ReplyDetails,
  type Report,
  RepriseError,
  type Verification,
} from "reprise";
import * as z from "zod";
import { auditsOf } from "./audits.js";
import type { Pieces } from "./pieces.js";

/** What an adapter needs of a cache; `createCache` makes one. */
export interface RepriseLike {
  lookup(request: CacheRequest, options?: LookupOptions): Promise<Answer>;
  observe(request: CacheRequest, reply: Reply, details?: ReplyDetails): Promise<void>;
  /** Without it, calls that the adapter keeps from the cache are in no event and no figure. */
  report?(report: Report): void;
  /** Without it, nothing can be rejected. */
  feedback?(id: string, verdict: "good" | "bad"): Promise<boolean>;
  /** Without it, no call can be explained. */
  explain?(asked: CacheRequest | string): Explanation;
  /** Without these, no check looks at the world before a tool that the model has called, or after one. */
  readonly hasChecks?: boolean;
  capture?(request: CacheRequest, reply: Reply, details: ReplyDetails): Promise<void> | undefined;
  verify?(id: string, outcome: Outcome): Promise<Verification>;
}

/**
 * Options of one call: `providerOptions.reprise` of the AI SDK; `context.reprise` of a LangChain agent, or
 * `reprise` among the call options of a wrapped LangChain model.
 */
export type RepriseCallOptions = {
  readonly bindings?: Readonly<Record<string, BindingValue>> | undefined;
  readonly scope?: string | undefined;
  /**
   * `false`: ask the model anyway. Its reply takes the place of the recorded one, unless `write` is `false`
   * too.
   */
  readonly read?: boolean | undefined;
  /** `false`: keep nothing of this exchange. */
  readonly write?: boolean | undefined;
  /** `false`: store the exact exchange only. */
  readonly induce?: boolean | undefined;
  /** Goes before that of the adapter's options. */
  readonly toolVersion?: string | undefined;
};

/** The same with what is no JSON, which not every framework types. */
export type CallOptions = RepriseCallOptions & {
  /** Handed to the checks of tools: anything. It is never kept, and no part of the scope. */
  readonly context?: unknown;
};

/** Options of every way in, in every adapter. `Of` is a call as the framework has it. */
export interface CommonOptions<Of> {
  /** Values known to be data in every conversation; a call's own bindings go before them. */
  readonly bindings?: Readonly<Record<string, BindingValue>> | undefined;
  /**
   * Keeps trees apart: a tenant's name, or a function that reads it from the call. A call's own scope divides
   * further, it never replaces this one. If the function throws, the call goes to the model.
   */
  readonly scope?: string | ((of: Of) => string | undefined) | undefined;
  /**
   * Calls without a scope go past the cache, so that one that was forgotten mixes no tenants. Default
   * `false`.
   */
  readonly requireScope?: boolean | undefined;
  /**
   * The model's name in the scope, in place of all that the adapter reads of who the model is. Set the same
   * name everywhere where replies of one model may answer for another, or where two frameworks name one model
   * differently.
   */
  readonly model?: string | undefined;
  /**
   * A version or a hash of the tools, where they may change and their definitions do not: with another, all is
   * learned anew.
   */
  readonly toolVersion?: string | undefined;
  /**
   * `shadow`: learn, and compare what would have been served with what the model says; serve nothing. Default
   * `serve`.
   */
  readonly mode?: "serve" | "shadow" | undefined;
  /**
   * How the text of a streamed hit comes: `whole` in one piece, `word` by word as chat pages expect, `{ by:
   * "word", delay }` with some milliseconds between the words. Default `whole`.
   */
  readonly chunks?: Pieces | undefined;
  /** Identical requests in flight share one model call. Default `true`; never in shadow mode. */
  readonly coalesce?: boolean | undefined;
  /** Told about everything that failed inside; the caller of the model was served all the same. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** The options as every part of an adapter reads them. */
export interface CommonSettings<Of> {
  readonly bindings: Readonly<Record<string, BindingValue>> | undefined;
  readonly scope: (of: Of) => string | undefined;
  readonly requireScope: boolean;
  readonly model: string | undefined;
  readonly toolVersion: string | undefined;
  readonly mode: "serve" | "shadow";
  readonly coalesce: boolean;
  readonly chunks: Pieces;
  readonly onFault: (error: unknown) => void;
}

/** A text option. */
const text = z.string("must be a string");
/** A switch. */
const flag = z.boolean("must be a boolean");
/** A function; what it takes and gives is its option's type. */
export const callable = z.custom<never>((value) => typeof value === "function", "must be a function");

/**
 * Values of variables. Not z.record: it leaves out a key named __proto__, and a variable may be called that.
 */
const bindings = z.custom<Readonly<Record<string, BindingValue>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => ["string", "number", "boolean"].includes(typeof item)),
  "must be a record of strings, numbers and booleans",
);

/** What `CommonOptions` says, as it can be checked. */
export const commonFields = {
  bindings: bindings.optional(),
  scope: z.union([z.string(), callable], "must be a string or a function").optional(),
  requireScope: flag.optional(),
  model: text.optional(),
  toolVersion: text.optional(),
  mode: z.enum(["serve", "shadow"], 'must be "serve" or "shadow"').optional(),
  coalesce: flag.optional(),
  chunks: z
    .union(
      [
        z.enum(["whole", "word"]),
        z.strictObject({ by: z.literal("word"), delay: z.number().min(0).optional() }),
      ],
      'must be "whole", "word" or { by: "word", delay }',
    )
    .optional(),
  onFault: callable.optional(),
};

const callSchema = z.strictObject(
  {
    bindings: bindings.optional(),
    scope: text.optional(),
    read: flag.optional(),
    write: flag.optional(),
    induce: flag.optional(),
    context: z.unknown().optional(),
    toolVersion: text.optional(),
  },
  "must be an object",
);

/**
 * Checks the cache and the options of `where`; throws a `RepriseError` that names the first thing that is
 * wrong.
 */
export function checkOptions(
  where: string,
  cache: RepriseLike,
  given: { readonly options: unknown; readonly schema: z.ZodType },
): void {
  if (typeof cache?.lookup !== "function" || typeof cache.observe !== "function") {
    throw new RepriseError("BAD_OPTION", `${where}: the cache must be one made by createCache`);
  }
  const parsed = given.schema.safeParse(given.options);
  if (!parsed.success) throw badOption(where, parsed.error);
}

/** Fills in the defaults of options that were checked. */
export function commonSettings<Of>(cache: RepriseLike, options: CommonOptions<Of>): CommonSettings<Of> {
  const { scope, onFault } = options;
  // Its audits run where the adapter is made, not in the call that is the first to be audited.
  auditsOf(cache);
  return {
    bindings: options.bindings,
    scope: typeof scope === "function" ? scope : () => scope,
    requireScope: options.requireScope ?? false,
    model: options.model,
    toolVersion: options.toolVersion,
    mode: options.mode ?? "serve",
    chunks: options.chunks ?? "whole",
    coalesce: (options.coalesce ?? true) && options.mode !== "shadow",
    onFault(error) {
      // A listener's own faults stay its own.
      try {
        cache.report?.({ fault: error });
        onFault?.(error);
      } catch {}
    },
  };
}

/** The options of one call as they were understood. */
export interface ReadCallOptions {
  readonly options: CallOptions;
  /** What was passed over, in words for the caller. */
  readonly warnings: readonly string[];
}

/**
 * The options of one call, checked; `where` is where they stand. A binding without a value is passed over
 * with a warning. Throws a `RepriseError` that names what is wrong.
 */
export function readCallOptions(where: string, given: unknown): ReadCallOptions {
  if (given === undefined || given === null) return { options: {}, warnings: [] };
  const { bindings: bound } = given as { bindings?: unknown };
  const unset = isRecord(bound) ? Object.keys(bound).filter((name) => bound[name] === undefined) : [];
  const kept = isRecord(bound) && unset.length > 0 ? { ...given, bindings: without(bound, unset) } : given;
  const parsed = callSchema.safeParse(kept);
  if (!parsed.success) throw badOption(where, parsed.error);
  return {
    options: parsed.data,
    warnings: unset.map((name) => `${where}: binding "${name}" has no value and binds nothing`),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function without(record: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

/** The error that names the first thing that is wrong with the options of `where`. */
function badOption(where: string, error: z.ZodError): RepriseError {
  const issue = error.issues[0];
  if (issue?.code === "unrecognized_keys")
    return new RepriseError("BAD_OPTION", `${where}: unknown option "${issue.keys[0]}"`);
  const path = issue?.path.map(String).join(".");
  return new RepriseError(
    "BAD_OPTION",
    `${where}${path ? `: option "${path}"` : ""} ${issue?.message ?? "is invalid"}`,
  );
}
