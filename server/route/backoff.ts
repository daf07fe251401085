/** How long is waited before something is tried again, and how often that may happen at all. */
import { valueOf } from "../reply.js";
import type { ProviderAnswer } from "../upstream.js";
import type { Chance } from "./keys.js";
import type { FailoverConfig } from "./schema.js";

/**
 * The wait before another attempt, in milliseconds; `undefined` for one that would be too long. Drawn from
 * nothing to a bound that doubles ("full jitter": M. Brooker, Exponential Backoff And Jitter, 2015), and never
 * less than what the reply asks for.
 */
export function waitFor(
  attempt: number,
  {
    retryAfter = 0,
    backoff,
  }: { readonly retryAfter?: number | undefined; readonly backoff: FailoverConfig["backoff"] },
  { random }: Pick<Chance, "random">,
): number | undefined {
  const most = backoff.max * 1_000;
  if (retryAfter > most) return undefined;
  const bound = Math.min(most, backoff.initial * 1_000 * 2 ** (attempt - 1));
  return Math.max(retryAfter, random() * bound);
}

/** What `Retry-After` (RFC 9110, section 10.2.3), or OpenAI's in milliseconds, asks for, in milliseconds. */
export function retryAfterOf({ headers }: Pick<ProviderAnswer, "headers">, now: number): number | undefined {
  const precise = Number(valueOf(headers, "retry-after-ms") ?? Number.NaN);
  if (precise >= 0) return precise;
  const value = valueOf(headers, "retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** How many retries there may be, beside the requests: a provider that is down is not asked many times over. */
export interface RetryBudget {
  /** A request has come. */
  earn(): void;
  /** Takes one retry, if there is one. */
  spend(): boolean;
  left(): number;
}

/** A budget that begins full. */
export function createRetryBudget({ share, reserve }: FailoverConfig["budget"]): RetryBudget {
  let left = reserve;
  return {
    earn() {
      left = Math.min(reserve, left + share);
    },
    spend() {
      if (left < 1) return false;
      left--;
      return true;
    },
    left: () => left,
  };
}

/** Waits; ends at once, and rejects, when the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      signal?.removeEventListener("abort", leave);
      resolve();
    }
    function leave(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", leave, { once: true });
    return undefined;
  });
}
