/** Looks up what the store holds now, beside what is read of its logs as they grow. */
import { decodeEvents, decodeHead, decodeIntent } from "./codec.js";
import { type Fetched, fetchAll, fetchBodies, isPassing, type Lack } from "./fetch.js";
import type { Keys } from "./keys.js";
import type { KeyvPort } from "./keyv-port.js";
import { nameOf, type RecordStore, type Report, type StoredEvent } from "./records.js";
import { registered } from "./registry.js";

const SEGMENTS_AT_ONCE = 32;

export interface InventoryOptions {
  readonly port: KeyvPort;
  readonly keys: Keys;
  readonly report: Report;
  readonly maxRecordBytes: number;
}

/** Its methods are those of the record store. */
export function openInventory({
  port,
  keys,
  report,
  maxRecordBytes,
}: InventoryOptions): Pick<RecordStore, "held" | "bodies" | "intended"> {
  async function held(): Promise<ReadonlyMap<string, number> | undefined> {
    const lacks: Lack[] = [];
    function note<T>(found: Fetched<T>): T[] {
      if ("record" in found) return [found.record];
      lacks.push(found.lack);
      return [];
    }
    const { writers } = await registered(
      port,
      keys,
      (code) => void (isPassing(code as Lack) && lacks.push(code as Lack)),
    );
    const ids = [...writers.keys()];
    const heads = await fetchAll(port, ids.map(keys.head), decodeHead);
    const segments = heads.flatMap((found, index) =>
      note(found).flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, number) => keys.segment(ids[index] ?? "", from + number)),
      ),
    );
    const events = new Map<string, number>();
    for (let start = 0; start < segments.length; start += SEGMENTS_AT_ONCE) {
      const found = await fetchAll(port, segments.slice(start, start + SEGMENTS_AT_ONCE), decodeEvents);
      for (const event of found.flatMap(note).flat()) {
        const name = nameOf(event);
        events.set(name, Math.max(event.at, events.get(name) ?? -Infinity));
      }
    }
    return lacks.some(isPassing) ? undefined : events;
  }

  async function bodies(ids: readonly string[]): Promise<ReadonlyMap<string, unknown> | undefined> {
    const found = await fetchBodies(port, ids.map(keys.body), maxRecordBytes);
    if (found.some(({ lack }) => isPassing(lack))) return undefined;
    for (const { lack } of found)
      if (lack !== undefined && lack !== "absent" && !isPassing(lack)) report(lack, "read", 1);
    return new Map(
      found.flatMap((each, index) =>
        "record" in each ? [[ids[index] ?? "", each.record.body] as const] : [],
      ),
    );
  }

  async function intended(): Promise<StoredEvent[]> {
    const { writers } = await registered(port, keys, report);
    const intents = await fetchAll(port, [...writers.keys()].map(keys.intent), decodeIntent);
    const puts = intents.flatMap((found) => ("record" in found ? found.record : []));
    const bodies = await fetchBodies(
      port,
      puts.map(({ id }) => keys.body(id)),
    );
    return puts.flatMap(({ id, at }, index): StoredEvent[] => {
      const found = bodies[index] ?? { lack: "absent" };
      return "record" in found ? [{ kind: "put", id, at, body: found.record.body }] : [];
    });
  }

  return { held, bodies, intended };
}
