/** Whether the cache knows a reply to a request, and why not. */
import type { CacheRequest, Hit } from "reprise";
import { fits } from "./fits.js";
import type { FrameworkCall } from "./framework-call.js";
import { bypassed, type RepriseMetadata, toMetadata, withWarnings } from "./metadata.js";
import type { CommonSettings, RepriseLike } from "./options.js";

/** What the cache said to a request. */
export interface Looked<Replay> {
  readonly metadata: RepriseMetadata;
  readonly replay?: Replay;
  /** The hit is to be checked against the model. */
  readonly audit?: true;
  /** In shadow mode: the hit that is not served. */
  readonly unserved?: Hit;
}

/** Asks the cache for a replay. Never rejects: `metadata` says why there is none. */
export async function look<Of, Replay>(
  cache: RepriseLike,
  request: CacheRequest,
  how: {
    readonly call: Pick<FrameworkCall<Of, never, Replay>, "schemas" | "toReplay">;
    readonly settings: CommonSettings<Of>;
    /** Under which the answer is spoken of later. */
    readonly id?: string;
    /** For the checks of tools. */
    readonly context?: unknown;
    /** For the caller of a hit to read. */
    readonly warnings?: readonly string[];
  },
): Promise<Looked<Replay>> {
  const { call, settings, id, context, warnings = [] } = how;
  let replay: Replay | undefined;
  let unserved: Hit | undefined;
  const accept = (hit: Hit) => {
    if (!fits(hit.reply, call.schemas(), hit.match === "template")) return "format";
    const { reply, finishReason, notes, saved: usage } = hit;
    replay = call.toReplay({
      reply,
      details: { finishReason, notes, usage },
      exact: hit.match === "exact",
      metadata: withWarnings(toMetadata(hit), warnings),
    });
    if (replay === undefined) return "foreign";
    if (settings.mode === "serve") return undefined;
    unserved = hit;
    return "shadow";
  };
  try {
    const answer = await cache.lookup(request, { accept, context, ...(id !== undefined && { id }) });
    if (answer.status !== "hit")
      return { metadata: toMetadata(answer, unserved), ...(unserved && { unserved }) };
    // A cache that does not ask `accept` is asked here.
    const refusal = replay === undefined ? accept(answer) : undefined;
    if (refusal === "shadow")
      return { metadata: toMetadata({ status: "bypass", reason: refusal }, answer), unserved: answer };
    if (refusal)
      return { metadata: toMetadata({ status: "miss", reason: refusal, depth: request.messages.length }) };
    return { metadata: toMetadata(answer), replay: replay as Replay, ...(answer.audit && { audit: true }) };
  } catch (error) {
    settings.onFault(error);
    return { metadata: bypassed("fault") };
  }
}
