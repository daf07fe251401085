/** What replies of ours stand for, by the ids that they were given under: a provider knows nothing of these. */
import type { JsonRecord } from "./record-of.js";

/** Ids of ours: `msg_reprise_` and 32 digits. */
export const isOurs = (id: unknown): id is string =>
  typeof id === "string" && /^[a-z]+_reprise_[\da-f]{32}$/.test(id);

/** Remembers until there is too much of it; the oldest goes first. */
export interface Memory {
  /** `owner`: who may come back for it. */
  remember(id: unknown, items: readonly JsonRecord[], owner: string): void;
  recall(id: unknown, owner: string): readonly JsonRecord[] | undefined;
}

interface Entry {
  readonly owner: string;
  readonly items: readonly JsonRecord[];
  readonly size: number;
}

/** How much is remembered, in characters. */
const MAX_SIZE = 16 * 1024 * 1024;

/** A memory with nothing in it. */
export function createMemory(): Memory {
  const known = new Map<string, Entry>();
  let size = 0;
  return {
    remember(id, items, owner) {
      if (!isOurs(id)) return;
      const entry = { owner, items, size: JSON.stringify(items).length };
      known.set(id, entry);
      size += entry.size;
      for (const [oldest, { size: freed }] of known) {
        if (size <= MAX_SIZE) return;
        known.delete(oldest);
        size -= freed;
      }
    },
    recall(id, owner) {
      const entry = typeof id === "string" ? known.get(id) : undefined;
      return entry?.owner === owner ? entry.items : undefined;
    },
  };
}
