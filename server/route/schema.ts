/** What the configuration says of providers, of which models go where, and of what happens when one fails. */
import * as z from "zod";
import { address, count, models, name, seconds } from "../config/fields.js";
import { secret } from "../config/secret.js";
import { isCredential } from "../tenants.js";

const keySection = z.strictObject({
  key: secret.describe(
    "the key, or better where it stands: in the environment, or `file:/run/secrets/openai`",
  ),
  name: name.optional().describe("what metrics and the log call it; without it, its place in the list"),
  weight: z.number().positive().default(1).describe("how often it is taken, beside the others"),
  models: models.optional().describe("the models it may be used for; without it, all"),
});

const timeouts = z.strictObject({
  connect: seconds.default(10).describe("until it is connected"),
  first_byte: seconds.default(600).describe("until the first byte of a reply"),
  idle: seconds.default(600).describe("between two bytes of a reply"),
});

const breaker = z.strictObject({
  failures: count.default(5).describe("so many failures in a row, and the provider is left alone"),
  rest: seconds.default(10).describe("for how long, before one request tries it again"),
});

/** One of `providers`. */
export const providerSection = z.strictObject({
  type: z
    .enum(["openai", "anthropic"])
    .default("openai")
    .describe("whose API it speaks: OpenAI's, or Anthropic's Messages"),
  base_url: address
    .optional()
    .describe("the address of its API, the version included; without it, that of OpenAI or Anthropic"),
  keys: z
    .array(keySection)
    .default([])
    .describe("keys that are kept here; without any, the caller's own is passed on"),
  model_map: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe("what a model is called there: `{ fast: gpt-5-mini }`"),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, "is no name of a header"), secret)
    .default({})
    .describe("headers to send with each request, instead of the caller's of that name"),
  api_version: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Anthropic: the header `anthropic-version` for callers that send none; others: `?api-version=`",
    ),
  timeouts: timeouts.prefault({}),
  breaker: breaker.prefault({}),
  rest: seconds
    .default(30)
    .describe("how long a key rests after 401, 403 or 429, if the reply names no time"),
});

const routed = z.union([
  name,
  z.strictObject({ name, weight: z.number().positive().default(1).describe("for `strategy: weights`") }),
]);

/** One of `routes`. */
export const routeSection = z.strictObject({
  models: models.describe(
    "names, or patterns in which `*` stands for anything; the first route that fits counts",
  ),
  providers: z
    .array(routed)
    .min(1)
    .transform((list) => list.map((one) => (typeof one === "string" ? { name: one, weight: 1 } : one)))
    .describe("names of `providers`, the first being the first to be asked"),
  strategy: z
    .enum(["priority", "round-robin", "weights", "lowest-latency"])
    .default("priority")
    .describe("who is asked first; the others follow where that one fails"),
  choose: z
    .strictObject({
      header: z.string().min(1).optional().describe("a request header that names one of the providers"),
      field: z.string().min(1).optional().describe("a field of the body that does, and is not sent on"),
    })
    .optional()
    .describe("how a caller may choose among the providers"),
  cache: z
    .enum(["shared", "by-provider"])
    .default("shared")
    .describe("whether a reply is a hit whoever gave it, or only where the same provider would be asked"),
});

/** The section `failover`. */
export const failoverSection = z.strictObject({
  statuses: z
    .array(z.number().int().min(400).max(599))
    .default([401, 403, 408, 409, 429, 500, 502, 503, 504, 529])
    .describe(
      "statuses after which another key or provider is asked; connections that break and time-outs count always",
    ),
  attempts: count.default(4).describe("how often a call is tried at the most, all providers together"),
  per_provider: count.default(2).describe("how often at one provider"),
  backoff: z
    .strictObject({
      initial: seconds
        .default(0.25)
        .describe("the longest first wait; it doubles, and the wait is drawn from it"),
      max: seconds
        .default(8)
        .describe("the longest wait, `Retry-After` included: one that asks for more is not waited for"),
    })
    .prefault({}),
  budget: z
    .strictObject({
      share: z.number().min(0).max(1).default(0.2).describe("retries for each request, over time"),
      reserve: z
        .number()
        .min(0)
        .default(10)
        .describe("retries that are there from the start, and at the most saved up"),
    })
    .prefault({}),
});

/** A provider, read. */
export type ProviderConfig = z.output<typeof providerSection>;

/** A route, read. */
export type RouteConfig = z.output<typeof routeSection>;

/** The section `failover`, read. */
export type FailoverConfig = z.output<typeof failoverSection>;

/** Whether a caller's own credentials are passed on to a provider: where none are kept for it here. */
export function passesCredentials({ keys, headers }: Pick<ProviderConfig, "keys" | "headers">): boolean {
  return keys.length === 0 && !Object.keys(headers).some(isCredential);
}
