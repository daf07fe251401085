/** How the caller says that a reply was wrong, with whatever LangChain has given it. */
import type { RepriseMetadata } from "../shared/metadata.js";
import type { RepriseLike } from "../shared/options.js";
import { isRecord } from "./plain.js";

/**
 * What a reply can be known by: a message, what a run returned with its messages, or the `id` of our
 * metadata.
 */
export type Answered = string | object;

/**
 * Says that a reply was wrong: what a parser refused, say. It is served no more, and the same conversation
 * asked again is asked of the model. Of several messages, the last reply is meant. Resolves to whether the
 * reply was still known.
 */
export async function reject(cache: RepriseLike, answer: Answered): Promise<boolean> {
  const id = idOf(answer);
  return id !== undefined && (await cache.feedback?.(id, "bad")) === true;
}

/** The id under which a reply can be rejected; `undefined` if it carries none. */
export function idOf(answer: unknown): string | undefined {
  if (typeof answer === "string") return answer;
  if (Array.isArray(answer)) return answer.map(idOf).findLast((id) => id !== undefined);
  if (!isRecord(answer)) return undefined;
  const { response_metadata: noted, messages, raw } = answer;
  if (isRecord(noted)) return (noted.reprise as RepriseMetadata | undefined)?.id;
  return idOf(messages ?? raw);
}
