/** Whether an entry may be served: the one place that says so, for serving, explaining and counting alike. */
import type { Entry, Evidence, Knowledge, Learnt } from "../tree/knowledge.js";
import { isContradictedSince } from "../tree/reviews.js";
import type { Policy } from "../types.js";

export interface TrustSettings {
  readonly policy: Policy;
  readonly minAgreements: number;
  /**
   * The largest share of wrong hits that is borne, from 0 to 1: nothing is served whose doubt is above it.
   */
  readonly maxErrorRate: number;
  /** Milliseconds; `undefined`: no end. */
  readonly ttl?: number | undefined;
}

/** `live`: served. `candidate`: learned, not trusted yet. `retired`: proven wrong. */
export type Standing = "live" | "candidate" | "retired";

/**
 * A contradiction retires a template, and so does a person. Until then `eager` serves it at once, `verified` once
 * enough agreements with distinct bindings are there or a person has approved it, `exact` never. An approval excuses
 * the contradictions that it knew of, and no others.
 */
export function standingOf(evidence: Evidence, settings: TrustSettings): Standing {
  const { agreements, contradictions, review } = evidence;
  if (review?.verdict === "retire") return "retired";
  if (review ? isContradictedSince(review, contradictions) : contradictions.size > 0) return "retired";
  if (settings.policy === "eager") return "live";
  const isProven = review !== undefined || agreements.size >= settings.minAgreements;
  return settings.policy === "verified" && isProven ? "live" : "candidate";
}

/** The id under which it is counted how often a template had nothing to say where another was right. */
export function outdoneId({ id }: Learnt): string {
  return `outdone-${id}`;
}

/** The id under which it is counted how often a template that takes any question had nothing to say. */
export function silentId({ id }: Learnt): string {
  return `silent-${id}`;
}

// So often the silence of a template may be outdone before it is no doubt any more.
const OUTDONE = 2;

/** Whether the silence of a template that was right before is a doubt about what others say. */
export function isDoubtfulSilence(learnt: Learnt, knowledge: Knowledge): boolean {
  return knowledge.evidenceOf(outdoneId(learnt)).agreements.size < OUTDONE;
}

export function isExpired(entry: Entry, settings: TrustSettings, now: number): boolean {
  return settings.ttl !== undefined && now - entry.at > settings.ttl;
}
