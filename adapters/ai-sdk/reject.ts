/** How the caller says that a reply was wrong, with whatever the SDK has given it. */
import type { RepriseMetadata } from "../shared/metadata.js";
import type { RepriseLike } from "../shared/options.js";

/**
 * What a reply can be known by: a result, a step, an error of the SDK about a reply, or the `id` of our
 * metadata.
 */
export type Answered = string | object;

/** Rejects replies, and remembers by which responses they went out. */
export interface Rejecter {
  /** Notes the answer that a response is. */
  note(responseId: string | undefined, metadata: RepriseMetadata): void;
  reject(answer: Answered): Promise<boolean>;
}

// An error of the SDK knows the response by its id alone; it is rejected soon, or never.
const MAX_RESPONSES = 1_000;

/** A rejecter for the replies of one middleware. */
export function createRejecter(cache: RepriseLike): Rejecter {
  const responses = new Map<string, string>();

  function idOf(answer: unknown): string | undefined {
    if (typeof answer === "string") return answer;
    if (typeof answer !== "object" || answer === null) return undefined;
    const { finalStep, providerMetadata, response } = answer as Record<
      string,
      Record<string, unknown> | undefined
    >;
    const noted = providerMetadata?.reprise as RepriseMetadata | undefined;
    if (noted?.id !== undefined) return noted.id;
    if (finalStep) return idOf(finalStep);
    const responseId = response?.id;
    if (typeof responseId !== "string") return undefined;
    return responses.get(responseId);
  }

  return {
    note(responseId, { id }) {
      if (responseId === undefined || id === undefined) return;
      const [oldest] = responses.keys();
      if (responses.size >= MAX_RESPONSES && oldest !== undefined) responses.delete(oldest);
      responses.set(responseId, id);
    },
    async reject(answer) {
      const id = idOf(answer);
      return id !== undefined && (await cache.feedback?.(id, "bad")) === true;
    },
  };
}
