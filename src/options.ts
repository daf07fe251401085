/** The options of a cache: one schema, resolved once into the settings that everything reads. */
import * as z from "zod";
import type { Check } from "./cache/checks/check.js";
import { RepriseError } from "./errors.js";
import type { Agent, InductionModel } from "./learn/model/model.js";
import type { Redact } from "./redact.js";
import type { StoreSource } from "./store/keyv-like.js";
import type { UserFunction } from "./template/derivation/evaluate.js";
import type { PrintOptions } from "./tree/print.js";
import type { Reply, Usage } from "./types.js";

/** What a `guard` is told beside the reply. */
export interface GuardContext {
  readonly match: "exact" | "template";
  /** The id of the template or exact entry. */
  readonly template: string;
  readonly bindings: Readonly<Record<string, string>>;
}

/** Sees a reply before it is served. Returning `false` or throwing means: do not serve it. */
export type Guard = (reply: Reply, context: GuardContext) => boolean | undefined;

/**
 * What a model call costs in US dollars, by the model's name and the tokens of an average call of it; `undefined` where
 * that is not known. Or the prices of a million tokens by the model's name. `reprise/prices` has a table that is kept.
 */
export type Prices =
  | ((model: string, usage: Usage) => number | undefined)
  | Readonly<Record<string, { readonly input: number; readonly output: number }>>;

/** Where to write what happens: pino's shape. Each method takes fields and a message. */
export type Logger = Readonly<
  Record<
    "trace" | "debug" | "info" | "warn",
    (fields: Readonly<Record<string, unknown>>, message: string) => void
  >
>;
/** How a language model is asked to help learning. */
export interface ModelSettings {
  readonly model: InductionModel;
  /** Others for some agents; `false`: that one is left out. */
  readonly agents: Readonly<Partial<Record<Agent, InductionModel | false | undefined>>>;
  /** Milliseconds that one call may take. */
  readonly timeout: number;
  /** How often a call is tried, and after about how many milliseconds it is tried again, longer each time. */
  readonly attempts: number;
  readonly retryDelay: number;
  /** How many questions are asked at a time, and how many may wait. */
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly callsPerHour: number;
  readonly tokensPerHour: number;
  readonly maxCalls?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** After so many calls it must have saved what it cost, or it is not asked any more until it has. */
  readonly trialCalls: number;
}

/** Where templates are learned: in a worker thread, or by another process that `learn` is called in. */
interface Induction {
  readonly worker: boolean;
  readonly elsewhere?: boolean | undefined;
  /** A model is asked about what learning cannot explain; and what to call variables. */
  readonly asks?: true | undefined;
  readonly labels?: boolean | undefined;
  /** How it is asked; only where it is asked from. */
  readonly consulting?: ModelSettings | undefined;
}

const isFunction = (value: unknown): boolean => typeof value === "function";
const hasMethods = (value: unknown, ...names: string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  names.every((name) => isFunction((value as Record<string, unknown>)[name]));
const isRate = (value: unknown): boolean => typeof value === "number" && value >= 0 && Number.isFinite(value);
const isPriceTable = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((rates) => isRate(rates?.input) && isRate(rates?.output));
const count = (least: number) => z.number().int().min(least);
const model = z.custom<InductionModel>(isFunction, "a function; see docs/model-induction.md");
const agent = z.union([model, z.literal(false)]).optional();

const CHECK_FIELDS = new Set(["capture", "compare", "threshold", "deadline", "after"]);

/** Whether it looks before a call, after it, or both, and each in whole. */
function isCheck(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { capture, compare, threshold, deadline, after } = value as Record<string, unknown>;
  if (Object.keys(value).some((name) => !CHECK_FIELDS.has(name))) return false;
  const isBefore = isFunction(capture) && isFunction(compare);
  if (!isBefore && (capture !== undefined || compare !== undefined || after === undefined)) return false;
  const isDeadline = typeof deadline === "number" && deadline > 0 && deadline <= LONGEST_DEADLINE;
  return (
    (after === undefined || hasMethods(after, "capture", "compare")) &&
    (threshold === undefined || Number.isFinite(threshold)) &&
    (deadline === undefined || isDeadline)
  );
}

// What a timer takes.
const LONGEST_DEADLINE = 2 ** 31 - 1;

const inductionFields = {
  worker: z.boolean().default(false),
  elsewhere: z.boolean().optional(),
  model: model.optional(),
  agents: z
    .strictObject({
      ...{ identify: agent, merge: agent, name: agent, arrange: agent, derive: agent, weigh: agent },
    } satisfies Record<Agent, unknown>)
    .default({}),
  timeout: count(1).default(30_000),
  attempts: count(1).default(3),
  retryDelay: count(0).default(1_000),
  concurrency: count(1).default(2),
  maxWaiting: count(1).default(500),
  callsPerHour: count(1).default(200),
  tokensPerHour: count(1).default(1_000_000),
  maxCalls: count(1).optional(),
  maxTokens: count(1).optional(),
  trialCalls: count(1).default(200),
  labels: z.boolean().default(false),
};
const inductionSchema = z.strictObject(inductionFields);

const schema = z.strictObject({
  store: z
    .custom<StoreSource>(
      (value) => isFunction(value) || hasMethods(value, "get", "getMany", "set", "delete", "on"),
      "a Keyv instance, for example new Keyv(), or a function that gives one",
    )
    .optional(),
  namespace: z.string().min(1).default("default"),
  policy: z.enum(["exact", "eager", "verified"]).default("verified"),
  minAgreements: count(1).default(2),
  induction: z
    .union([z.boolean(), z.record(z.string(), z.unknown())], "true, false, or an object")
    .default(true)
    .transform((induction) => (induction === true ? {} : induction || undefined))
    .pipe(inductionSchema.optional())
    .transform(inductionOf),
  ttl: z.number().positive().optional(),
  maxEntries: count(1).default(100_000),
  maxStored: count(1).default(1_000_000),
  preload: count(0).default(5_000),
  maxSize: count(1024).default(256 * 1024 * 1024),
  maxMessages: count(1).default(1_000),
  maxBytes: count(1).default(4 * 1024 * 1024),
  maxQueue: count(1).default(1_000),
  maxErrorRate: z.number().gt(0).max(1).default(0.01),
  maxAuditRate: z.number().min(0).max(1).default(0.05),
  auditRate: z.number().min(0).max(1).optional(),
  never: z.array(z.string()).default([]),
  guard: z
    .custom<Guard>(isFunction, "a function")
    .refine(
      (guard) => Object.prototype.toString.call(guard) !== "[object AsyncFunction]",
      "a function that answers at once, not an async one",
    )
    .optional(),
  checks: z
    .record(
      z.string(),
      z.custom<Check>(
        isCheck,
        "{ capture(args, context), compare(now, then), threshold?, deadline?, after? }; see docs/checks.md",
      ),
    )
    .default({}),
  redact: z.custom<Redact>(isFunction, "a function").optional(),
  functions: z.record(z.string(), z.custom<UserFunction>(isFunction, "a function")).default({}),
  storeDeadline: count(1).default(50),
  loadDeadline: count(1).default(500),
  pollInterval: count(0).default(1_000),
  prices: z
    .custom<Prices>(
      (value) => isFunction(value) || isPriceTable(value),
      "a function, or { model: { input, output } } in US dollars for a million tokens",
    )
    .optional(),
  logger: z
    .custom<Logger>(
      (value) => hasMethods(value, "trace", "debug", "info", "warn"),
      "an object with pino's methods trace, debug, info and warn",
    )
    .optional(),
  logContent: z.boolean().default(false),
  now: z.custom<() => number>(isFunction, "a function").default(() => Date.now),
  random: z.custom<() => number>(isFunction, "a function").default(() => Math.random),
  generateId: z
    .custom<() => string>(isFunction, "a function")
    .default(() => () => `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`),
});

/** What is set about learning. */
function inductionOf(given: z.output<typeof inductionSchema> | undefined): Induction | undefined {
  if (!given) return undefined;
  const { worker, elsewhere, model: asked, labels, ...consulting } = given;
  return {
    worker,
    ...(elsewhere !== undefined && { elsewhere }),
    ...(asked && { asks: true as const, labels, consulting: { model: asked, ...consulting } }),
  };
}

/** Options of `createCache`; docs/options.md tells what each does. All are optional. */
export type CacheOptions = Omit<z.input<typeof schema>, "induction"> & {
  readonly induction?: boolean | InductionOptions | undefined;
};

/** How templates are learned. All but the first two are about a model: docs/model-induction.md. */
export interface InductionOptions extends Partial<Omit<ModelSettings, "agents">> {
  /** In a worker thread. Default no. */
  readonly worker?: boolean | undefined;
  /** By other processes, which `learn` is called in. Default no. */
  readonly elsewhere?: boolean | undefined;
  readonly agents?: ModelSettings["agents"] | undefined;
  /** Whether the model is asked what to call variables whose names say nothing. Default no. */
  readonly labels?: boolean | undefined;
}

/** Options after defaults. */
export type Settings = z.output<typeof schema>;

const printSchema = z.strictObject({
  scope: z.string().optional(),
  live: z.boolean().optional(),
  limit: count(0).optional(),
  depth: count(1).optional(),
});

/** Checks the options of `printTree`. Throws `RepriseError` `BAD_OPTION` naming the option. */
export function checkPrintOptions(options: PrintOptions): PrintOptions {
  return checked(printSchema, options, "printTree");
}

const querySchema = z.strictObject({
  standing: z.enum(["live", "candidate", "retired"]).optional(),
  scope: z.string().optional(),
  tool: z.string().optional(),
  text: z.string().optional(),
  limit: count(0).optional(),
  offset: count(0).optional(),
});

/** Checks a query of `templates`. Throws `RepriseError` `BAD_OPTION` naming the option. */
export function checkQuery(query: unknown): z.output<typeof querySchema> {
  return checked(querySchema, query, "templates");
}

/** Checks options and fills in defaults. Throws `RepriseError` `BAD_OPTION` naming the option. */
export function resolveOptions(options: CacheOptions = {}): Settings {
  const settings = checked(schema, options, "createCache");
  if (settings.induction?.worker && Object.keys(settings.functions).length > 0) {
    throw new RepriseError(
      "BAD_OPTION",
      'createCache: option "induction.worker" excludes "functions", which cannot be handed to a worker',
    );
  }
  return settings;
}

/** Parses options by a schema; what does not fit becomes a `BAD_OPTION` that names it, never its value. */
function checked<Schema extends z.ZodType>(form: Schema, options: unknown, of: string): z.output<Schema> {
  const result = form.safeParse(options);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    const names = issue.keys.map((name) => `"${path === "" ? name : `${path}.${name}`}"`).join(", ");
    throw new RepriseError("BAD_OPTION", `${of} has no option ${names}`);
  }
  throw new RepriseError(
    "BAD_OPTION",
    `${of}: option "${path}" is not valid: ${issue?.message ?? "unknown"}`,
  );
}
