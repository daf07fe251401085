/** What an adapter says about a call, wherever its framework has room for it. */
import type { Answer, BypassReason, Hit, MissReason, RefusalReason, ReplyDetails, Usage } from "reprise";

/**
 * What is said of every reply that passed the cache: `providerMetadata.reprise`, `response_metadata.reprise`.
 */
export interface RepriseMetadata {
  readonly status: Answer["status"];
  /** On a hit: by the very conversation, or by a template. In shadow mode: of the hit that was not served. */
  readonly match?: "exact" | "template";
  /**
   * Why not a hit: a reason of the core, or `in-flight` of the adapters (an identical request's reply was
   * shared).
   */
  readonly reason?: MissReason | BypassReason | "in-flight";
  /** On a miss: how many messages, from the first, matched something known. */
  readonly depth?: number;
  /** The template (or exact entry) that served, or would have in shadow mode. */
  readonly template?: string;
  /**
   * The id of the answer: `cache.explain(id)` says why it came about, `cache.feedback(id, …)` takes a verdict
   * on a hit, or on what the model said and the cache was told.
   */
  readonly id?: string;
  /** Why what the model said is not kept. A stream says it at its end. */
  readonly refused?: RefusalReason;
  /** What was passed over in the call's own options, or is wrong with them. */
  readonly warnings?: string[];
  /** On a hit: milliseconds since the reply was learned. */
  readonly age?: number;
  /** What the model call would have cost; zeros when there was one. */
  readonly saved: Usage;
}

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0 };

/** What to say about an answer of the cache. `unserved`: the hit that shadow mode did not serve. */
export function toMetadata(answer: Answer, unserved?: Hit): RepriseMetadata {
  switch (answer.status) {
    case "hit": {
      const { match, template, id, age, saved } = answer;
      return { status: "hit", match, template, id, age, saved: saved ?? NOTHING };
    }
    case "miss":
      return { status: "miss", reason: answer.reason, depth: answer.depth, saved: NOTHING };
    default:
      return {
        status: "bypass",
        reason: answer.reason,
        ...(unserved && { match: unserved.match, template: unserved.template }),
        saved: NOTHING,
      };
  }
}

/** The same of a call whose reply can be spoken of later. */
export function withId({ saved, ...metadata }: RepriseMetadata, id: string): RepriseMetadata {
  return { ...metadata, id, saved };
}

/** The same of a call whose reply was kept, or was not for this reason. */
export function withRefusal(metadata: RepriseMetadata, refused: RefusalReason | undefined): RepriseMetadata {
  if (refused === undefined) return metadata;
  const { saved, ...rest } = metadata;
  return { ...rest, refused, saved };
}

/** The same of a call whose options were not all taken. */
export function withWarnings(metadata: RepriseMetadata, warnings: readonly string[]): RepriseMetadata {
  if (warnings.length === 0) return metadata;
  const { saved, ...rest } = metadata;
  return { ...rest, warnings: [...warnings], saved };
}

/** A call that went past the cache. */
export function bypassed(reason: BypassReason): RepriseMetadata {
  return toMetadata({ status: "bypass", reason });
}

/** A reply shared by an identical request. */
export function shared({ usage, answer }: ReplyDetails): RepriseMetadata {
  return {
    status: "miss",
    reason: "in-flight",
    ...(answer !== undefined && { id: answer }),
    saved: usage ?? NOTHING,
  };
}
