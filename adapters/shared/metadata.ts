/** What an adapter says about a call, wherever its framework has room for it. */
import type { Answer, BypassReason, MissReason, Usage } from "reprise";

/** What is said of every reply that passed the cache: `providerMetadata.reprise`, `response_metadata.reprise`. */
export interface RepriseMetadata {
  readonly status: Answer["status"];
  /** On a hit: by the very conversation, or by a template. */
  readonly match?: "exact" | "template";
  /**
   * Why not a hit: a reason of the core, or one of the adapter's own: `in-flight` (an identical request's reply was
   * shared), `format` (the reply does not fit the asked tools or response format), `foreign` (it holds what the framework
   * has no word for).
   */
  readonly reason?: MissReason | BypassReason | "in-flight" | "format" | "foreign";
  /** On a miss: how many messages, from the first, matched something known. */
  readonly depth?: number;
  /** On a hit: the template (or exact entry) that served. */
  readonly template?: string;
  /** On a hit: the id to hand to `cache.feedback`. */
  readonly id?: string;
  /** On a hit: milliseconds since the reply was learned. */
  readonly age?: number;
  /** What the model call would have cost; zeros when there was one. */
  readonly saved: Usage;
}

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0 };

/** What to say about an answer of the cache. */
export function toMetadata(answer: Answer): RepriseMetadata {
  switch (answer.status) {
    case "hit": {
      const { match, template, id, age, saved } = answer;
      return { status: "hit", match, template, id, age, saved: saved ?? NOTHING };
    }
    case "miss":
      return { status: "miss", reason: answer.reason, depth: answer.depth, saved: NOTHING };
    default:
      return { status: "bypass", reason: answer.reason, saved: NOTHING };
  }
}

/** A hit that could not be served. */
export function refused(reason: "format" | "foreign"): RepriseMetadata {
  return { status: "miss", reason, saved: NOTHING };
}

/** A reply shared by an identical request. */
export function shared(usage: Usage | undefined): RepriseMetadata {
  return { status: "miss", reason: "in-flight", saved: usage ?? NOTHING };
}
