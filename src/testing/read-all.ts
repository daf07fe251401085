/** Gathers the pages of a read, as only a test can afford to. */
import type { RecordStore, StoredEvent } from "../store/index.js";

/** Everything that one read gives, oldest first. */
export async function readAll(store: RecordStore): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  await store.read((page) => events.push(...page));
  return events.sort((left, right) => left.at - right.at);
}
