/**
 * What clients of the Responses API were given under ids of ours, so that they may go on from it by these ids
 * alone: a provider knows nothing of them.
 */
import { type JsonRecord, recordsIn, without } from "../record-of.js";
import { isOurs } from "./from-core.js";

/** The replies given over one cache. */
export interface Given {
  /** Notes a reply that was given, and the request that it answered. `owner`: who may come back for it. */
  note(reply: JsonRecord, body: JsonRecord, owner: string): void;
  /**
   * A body as a provider can read it: what is named by an id of ours stands in it in full, and no such id is
   * left. `undefined` where there is nothing to change. What is no longer known stays as it is; the provider
   * says that it does not know it.
   */
  restored(body: JsonRecord, owner: string): JsonRecord | undefined;
}

interface Entry {
  readonly owner: string;
  readonly items: readonly JsonRecord[];
  readonly size: number;
}

/** How much is remembered; the oldest goes first. */
const MAX_SIZE = 16 * 1024 * 1024;

/** Nothing given yet. */
export function createGiven(): Given {
  const known = new Map<string, Entry>();
  let size = 0;

  function remember(id: unknown, items: readonly JsonRecord[], owner: string): void {
    if (!isOurs(id)) return;
    const entry = { owner, items, size: JSON.stringify(items).length };
    known.set(id, entry);
    size += entry.size;
    for (const [oldest, { size: freed }] of known) {
      if (size <= MAX_SIZE) return;
      known.delete(oldest);
      size -= freed;
    }
  }

  function recall(id: unknown, owner: string): readonly JsonRecord[] | undefined {
    const entry = typeof id === "string" ? known.get(id) : undefined;
    return entry?.owner === owner ? entry.items : undefined;
  }

  return {
    note(reply, body, owner) {
      // Who wants nothing stored has nothing to come back for.
      if (body.store === false) return;
      const output = recordsIn(reply.output);
      for (const item of output) remember(item.id, [item], owner);
      remember(reply.id, [...itemsOf(body.input), ...output], owner);
    },
    restored(body, owner) {
      const before = isOurs(body.previous_response_id) ? recall(body.previous_response_id, owner) : undefined;
      const input = [...(before ?? []), ...itemsOf(body.input)];
      if (!before && !input.some(({ id }) => isOurs(id))) return undefined;
      const whole = input.flatMap((item) =>
        item.type === "item_reference" ? (recall(item.id, owner) ?? [item]) : [item],
      );
      return {
        ...(before ? without(body, ["previous_response_id"]) : body),
        input: whole.flatMap(withoutOurId),
      };
    },
  };
}

function itemsOf(input: unknown): readonly JsonRecord[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : recordsIn(input);
}

function withoutOurId(item: JsonRecord): readonly JsonRecord[] {
  if (!isOurs(item.id) || item.type === "item_reference") return [item];
  // Reasoning is known to a provider by its id, or by what it has signed; else it cannot be taken up again.
  if (item.type === "reasoning" && !item.encrypted_content) return [];
  return [without(item, ["id"])];
}

const givenOver = new WeakMap<object, Given>();

/** What was given over a cache, by whichever fetch or server. */
export function givenBy(cache: object): Given {
  const given = givenOver.get(cache) ?? createGiven();
  givenOver.set(cache, given);
  return given;
}
