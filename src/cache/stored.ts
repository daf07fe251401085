/** What stands in the store and not in memory. */
import type { RecordStore } from "../store/records.js";
import type { Entry, Knowledge } from "../tree/knowledge.js";
import type { ErasedIds } from "./erased-ids.js";
import { decoded } from "./intake.js";

const PAGE = 200;

interface Parts {
  readonly store: RecordStore | undefined;
  readonly knowledge: Knowledge;
  readonly erased: ErasedIds;
}

/** Finds it. Whatever the store does not answer is not found. */
export class Stored {
  constructor(private readonly parts: Parts) {}

  /** The entries that are not known here, page by page. */
  async *unknown(): AsyncIterable<Entry[]> {
    const { store, knowledge, erased } = this.parts;
    const held = (await store?.held()) ?? new Map<string, number>();
    const ids: [string, number][] = [];
    for (const [name, at] of held) {
      const id = name.startsWith("put ") ? name.slice(4) : "";
      const erasedAt = Math.max(held.get(`forget ${id}`) ?? -Infinity, erased.at(id));
      if (id !== "" && !knowledge.get(id) && at > erasedAt) ids.push([id, at]);
    }
    for (let start = 0; start < ids.length; start += PAGE) {
      const page = new Map(ids.slice(start, start + PAGE));
      const bodies = (await store?.bodies([...page.keys()])) ?? new Map<string, unknown>();
      yield [...bodies].flatMap(([id, body]) => decoded({ id, at: page.get(id) ?? 0, body }) ?? []);
    }
  }

  /** What killed processes left behind that no log names. */
  async abandoned(): Promise<Entry[]> {
    const { store, knowledge, erased } = this.parts;
    const left = (await store?.intended()) ?? [];
    return left
      .flatMap(({ id, at, body }) => decoded({ id, at, body }) ?? [])
      .filter(({ id, at }) => !knowledge.get(id) && at > erased.at(id));
  }
}
