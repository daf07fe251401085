/**
 * How much may be asked in a minute: requests are counted as they come, tokens when a reply has told how many it took;
 * one request too many is a 429 that says when to come again.
 */
import type { Limits, ModelRequest, Refusal, Trace } from "../stages.js";
import { type Bucket, bucketsOf } from "./buckets.js";
import type { LimitsConfig } from "./schema.js";
import { openWindows, type Window, type Windows } from "./windows.js";

/** Tokens are counted for so many requests under way at the most; what falls out is counted for none. */
const MAX_UNDER_WAY = 100_000;

/** Nobody is counted more tokens than this at a time: stores count in 32 bits. */
const MOST = 100_000_000;

/** The limits of a configuration. `onFault` is told of each failure of their store. */
export function createLimits(config: LimitsConfig, onFault: (error: unknown) => void): Limits {
  return limitsOver(
    openWindows({ store: config.store.reveal(), timeout: config.timeout * 1_000, onFault }),
    config,
  );
}

/** The same over windows that are opened. */
export function limitsOver(windows: Windows, config: LimitsConfig): Limits {
  /** Requests under way whose tokens are to be counted, by their ids. */
  const underWay = new Map<string, readonly Bucket[]>();

  function note(request: ModelRequest, buckets: readonly Bucket[]): void {
    const ofTokens = buckets.filter(({ unit }) => unit === "tokens");
    if (ofTokens.length === 0) return;
    const [oldest] = underWay.keys();
    if (underWay.size >= MAX_UNDER_WAY && oldest !== undefined) underWay.delete(oldest);
    underWay.set(request.id, ofTokens);
  }

  return {
    async take(request) {
      const buckets = bucketsOf(request, config);
      if (buckets.length === 0) return undefined;
      const counted = await Promise.all(
        buckets.map(async (bucket) => {
          const window = await windows.add(bucket.name, bucket.unit === "requests" ? 1 : 0);
          return { bucket, window };
        }),
      );
      const over = counted.filter(isOver);
      if (over.length > 0) return refusalOf(over.reduce(later));
      note(request, buckets);
      return undefined;
    },
    spent(trace) {
      const buckets = underWay.get(trace.id);
      underWay.delete(trace.id);
      const tokens = tokensOf(trace, config);
      if (tokens > 0) for (const { name } of buckets ?? []) void windows.add(name, tokens);
    },
    close: () => windows.close(),
  };
}

interface Counted {
  readonly bucket: Bucket;
  readonly window: Window;
}

/** A request counts itself; of tokens it is not known yet how many it takes: there must be some left. */
function isOver({ bucket: { unit, limit }, window: { count } }: Counted): boolean {
  return unit === "requests" ? count > limit : count >= limit;
}

const later = (left: Counted, right: Counted): Counted =>
  right.window.left > left.window.left ? right : left;

const WHOSE = { key: "this app key", address: "this address", model: "this model" } as const;

function refusalOf({ bucket: { of, unit, limit }, window }: Counted): Refusal {
  const retryAfter = Math.max(1, Math.ceil(window.left / 1_000));
  return {
    to: "refuse",
    status: 429,
    message: `${limit} ${unit} a minute are for ${WHOSE[of]}: come again in ${retryAfter} s`,
    retryAfter,
    headers: {
      "ratelimit-policy": `"${of}-${unit}";q=${limit};w=60`,
      ratelimit: `"${of}-${unit}";r=0;t=${retryAfter}`,
    },
  };
}

function tokensOf({ usage, cache }: Trace, { count_hits }: LimitsConfig): number {
  const spent = usage ?? (count_hits ? cache?.saved : undefined);
  const tokens = spent ? spent.inputTokens + spent.outputTokens : 0;
  // A provider may say anything of what a call took.
  return Number.isSafeInteger(tokens) ? Math.min(Math.max(0, tokens), MOST) : 0;
}
