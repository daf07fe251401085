/**
 * What was done with each app key, month by month. Each process counts for itself and records its own counts, so that
 * none overwrites another's; they are summed when somebody asks.
 */
import type { StoredEvent } from "reprise";
import * as z from "zod";

const count = z.int().min(0);

const figures = z.object({
  calls: count,
  hits: count,
  inputTokens: count,
  outputTokens: count,
  savedInputTokens: count,
  savedOutputTokens: count,
});

/** Figures of one key: calls that were let in, hits, tokens that models took, and tokens that hits saved. */
export type KeyUsage = Readonly<z.output<typeof figures>>;

/** What one process has counted in one month. */
const stored = z.object({
  v: z.literal(1),
  process: z.string(),
  month: z.string().regex(/^\d{4}-\d{2}$/),
  /** The later record of a process and month stands for the earlier ones. */
  number: z.int(),
  keys: z.array(z.tuple([z.string(), figures])),
});

type Counted = z.output<typeof stored>;

/** Counts of this process, and what others have recorded. */
export interface UsageBook {
  /** Adds to a key's figures. */
  add(key: string, more: Partial<KeyUsage>, now: number): void;
  /** Takes in what others have recorded. */
  take(events: readonly StoredEvent[]): void;
  /** What is to be recorded since last time, and what it stands in place of. */
  due(now: number): StoredEvent[];
  /** The latest record of each month of this process, to be recorded again. */
  own(): StoredEvent[];
  /** The sum of all processes for each key, of one month or of all that are kept. */
  sums(month?: string): ReadonlyMap<string, KeyUsage>;
}

const NOTHING: KeyUsage = {
  calls: 0,
  hits: 0,
  inputTokens: 0,
  outputTokens: 0,
  savedInputTokens: 0,
  savedOutputTokens: 0,
};

const NAMES = Object.keys(NOTHING) as (keyof KeyUsage)[];

/** How many months are told of, the current one included. */
export const MONTHS_KEPT = 13;

/** More keys than this are one key named "others": ids come out of a configuration and a store, not from callers. */
const MAX_KEYS = 10_000;

/** The month of a time, as `2026-11`, in UTC. */
export const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);

/** A book of a process that has counted nothing. `process` was never used before: `[0-9a-z]`. */
export function createUsageBook(process: string): UsageBook {
  const mine = new Map<string, Map<string, KeyUsage>>();
  const dirty = new Set<string>();
  const last = new Map<string, StoredEvent>();
  /** By process and month. */
  const others = new Map<string, Counted>();
  let number = 0;

  /** The records of months that are no longer told of. */
  function forgetOld(now: number): StoredEvent[] {
    const date = new Date(now);
    const oldest = monthOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - MONTHS_KEPT + 1, 1));
    const old: StoredEvent[] = [];
    for (const [name, counted] of others) {
      if (counted.month >= oldest) continue;
      others.delete(name);
      old.push({ kind: "forget", id: idOf(counted), at: now });
    }
    for (const [month, { id }] of last) {
      if (month >= oldest) continue;
      last.delete(month);
      mine.delete(month);
      old.push({ kind: "forget", id, at: now });
    }
    return old;
  }

  return {
    add(key, more, now) {
      const month = monthOf(now);
      const counts = mine.get(month) ?? new Map<string, KeyUsage>();
      mine.set(month, counts);
      const name = counts.has(key) || counts.size < MAX_KEYS ? key : "others";
      counts.set(name, sum(counts.get(name) ?? NOTHING, more));
      dirty.add(month);
    },
    take(events) {
      for (const { kind, id, body } of events) {
        if (kind !== "put" || !id.startsWith("usage-")) continue;
        const { data } = stored.safeParse(body);
        if (!data || data.process === process) continue;
        const name = `${data.process} ${data.month}`;
        if ((others.get(name)?.number ?? -1) < data.number) others.set(name, data);
      }
    },
    due(now) {
      const events = forgetOld(now);
      for (const month of dirty) {
        const body: Counted = { v: 1, process, month, number: ++number, keys: [...(mine.get(month) ?? [])] };
        const before = last.get(month);
        const put: StoredEvent = { kind: "put", id: idOf(body), at: now, body };
        events.push(put);
        // Two records of the same counts are counted once, whichever of them is found: that one is gone need not be
        // remembered for long.
        if (before) events.push({ kind: "forget", id: before.id, at: now, witness: "brief" });
        last.set(month, put);
      }
      dirty.clear();
      return events;
    },
    own: () => [...last.values()],
    sums(month) {
      const sums = new Map<string, KeyUsage>();
      const all = [
        ...[...mine].map(([name, keys]) => ({ month: name, keys: [...keys] })),
        ...others.values(),
      ];
      for (const counted of all) {
        if (month !== undefined && counted.month !== month) continue;
        for (const [key, usage] of counted.keys) sums.set(key, sum(sums.get(key) ?? NOTHING, usage));
      }
      return sums;
    },
  };
}

const idOf = ({ process, number }: Counted): string => `usage-${process}-${number}`;

function sum(left: KeyUsage, right: Partial<KeyUsage>): KeyUsage {
  const added = { ...left };
  for (const name of NAMES) added[name] += right[name] ?? 0;
  return added;
}
