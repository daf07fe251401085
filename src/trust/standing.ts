/** Whether an entry may be served: the one place that says so, for serving, explaining and counting alike. */
import type { Entry, Evidence } from "../tree/knowledge.js";
import type { Policy } from "../types.js";

export interface TrustSettings {
  readonly policy: Policy;
  readonly minAgreements: number;
  /** Milliseconds; `undefined`: no end. */
  readonly ttl?: number | undefined;
}

/** `live`: served. `candidate`: learned, not trusted yet. `retired`: proven wrong. */
export type Standing = "live" | "candidate" | "retired";

/**
 * A contradiction retires a template. Until then `eager` serves it at once, `verified` once enough agreements with
 * distinct bindings are there, `exact` never.
 */
export function standingOf({ agreements, contradictions }: Evidence, settings: TrustSettings): Standing {
  if (contradictions.size > 0) return "retired";
  if (settings.policy === "eager") return "live";
  return settings.policy === "verified" && agreements.size >= settings.minAgreements ? "live" : "candidate";
}

export function isExpired(entry: Entry, settings: TrustSettings, now: number): boolean {
  return settings.ttl !== undefined && now - entry.at > settings.ttl;
}
