/**
 * What clients of the Responses API were given under ids of ours, so that they may go on from it by these ids
 * alone: a provider knows nothing of them.
 */

import { createMemory, isOurs } from "../memory.js";
import { type JsonRecord, recordsIn, without } from "../record-of.js";

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

/** Nothing given yet. */
export function createGiven(): Given {
  const { remember, recall } = createMemory();

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
