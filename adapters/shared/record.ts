/** What adapters hand to the cache about a reply. */
import type { RefusalReason, Reply, ReplyDetails } from "reprise";

/** A reply worth keeping. */
export interface Recorded {
  readonly reply: Reply;
  readonly details: ReplyDetails;
}

/** A reply worth keeping, or why it is not. */
export type Recording = Recorded | RefusalReason;

/** Tool-call arguments or a text as JSON; `undefined` for what is none. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
