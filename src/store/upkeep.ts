/**
 * Decides which logs are rewritten: the own one when most of it is dead, and those of writers that are gone.
 */
import { decodeEvents, decodeHead, decodeIntent, type Head } from "./codec.js";
import { fetchAll, fetchBodies, fetchOne, isPassing } from "./fetch.js";
import type { Keys } from "./keys.js";
import type { KeyvPort } from "./keyv-port.js";
import type { Ledger } from "./ledger.js";
import type { Log } from "./log.js";
import type { Entry } from "./queue.js";
import type { StoreEvent } from "./records.js";
import { amend } from "./registry.js";
import { type Job, relogged } from "./writer.js";

/** A log is not swept for fewer dead events than this. */
const MIN_DEAD = 1_024;
/** Segments that are swept at once: where a log grows by several at a time, one would not keep up. */
const SWEPT = 16;
/** Evidence remembered, so that two dead logs that hold the same are not both copied. */
const MAX_SEEN = 100_000;

/** What a read found out about other writers. */
export interface Census {
  /** Writers whose head was written lately. */
  readonly alive: readonly string[];
  /**
   * Writers that have closed their log, or whose head has not moved for long; their logs were read to the
   * end.
   */
  readonly dead: Map<string, Head>;
  /** A log whose head was written before this time is taken over whatever its size. */
  readonly limit: number;
}

/** Gives the writer something to do when nothing waits. */
export interface Upkeep {
  /** The next job, if there is one. */
  next(log: Log): Promise<Job | undefined>;
  /** Whether no living writer has a smaller id than this one. */
  isFirst(writer: string): boolean;
  /** Takes note of who is alive. */
  census(census: Census): void;
}

interface Adoption {
  readonly writer: string;
  readonly head: Head;
  readonly self: string;
  segment: number;
}

/** Opens the upkeep of one namespace. */
export function openUpkeep(options: {
  readonly port: KeyvPort;
  readonly keys: Keys;
  readonly ledger: Ledger;
  /** Called with a writer whose log is no longer there. */
  readonly onGone: (writer: string) => void;
}): Upkeep {
  const { port, keys, ledger } = options;
  let known: Census = { alive: [], dead: new Map(), limit: 0 };
  let sweep: { readonly writer: string; readonly end: number } | undefined;
  let adoption: Adoption | undefined;
  const seen = new Set<string>();

  /** Copies what lives in the oldest segments to the tail, and moves the log's beginning behind them. */
  async function sweepOne(log: Log): Promise<Job | undefined> {
    if (!sweep && ledger.dying() > Math.max(MIN_DEAD, log.total / 2)) {
      // What is to go at once may stand in the tail, which is left alone otherwise.
      sweep = { writer: log.writer, end: ledger.dying() === Infinity ? log.to + 1 : log.to };
      ledger.sweeping();
    }
    if (!sweep) return undefined;
    if (sweep.writer !== log.writer) {
      sweep = undefined;
      return undefined;
    }
    if (log.from >= sweep.end) {
      ledger.swept();
      sweep = undefined;
      return undefined;
    }
    const count = Math.min(SWEPT, sweep.end - log.from);
    const oldest = Array.from({ length: count }, (_, index) => keys.segment(log.writer, log.from + index));
    const found = await fetchAll(port, oldest, decodeEvents);
    if (found.some(({ lack }) => isPassing(lack))) return undefined;
    const events = found.flatMap((segment) => ("record" in segment ? segment.record : []));
    const live = events.filter((event) => !ledger.isDead(event));
    return {
      entries: live.map(relogged),
      trim: { writer: log.writer, from: log.from + count, removed: events.length },
      discard: oldest,
    };
  }

  /**
   * Copies what lives in a dead writer's log into the own one, segment by segment; the last job deletes the
   * dead log. If two processes do it, or one dies half-way, events stand in two logs. That is harmless:
   * evidence is a set.
   */
  async function adoptOne(log: Log): Promise<Job | undefined> {
    if (adoption && adoption.self !== log.writer) adoption = undefined;
    adoption ??= await choose(log);
    if (!adoption) return undefined;
    const { writer, head, segment } = adoption;
    if (segment > head.to) {
      adoption = undefined;
      options.onGone(writer);
      await amend(options, { remove: [writer] });
      return await adoptOne(log);
    }
    const events = await eventsAt(keys.segment(writer, segment));
    if (!events) return undefined;
    const entries = events.filter((event) => !ledger.isDead(event) && isNew(event)).map(relogged);
    // A body that was written after it had been erased goes with the log that names it.
    const discard = events.filter(ledger.isVain).map(({ id }) => keys.body(id));
    if (segment < head.to) {
      adoption.segment++;
      return { entries, discard };
    }
    const saved = await abandoned(writer);
    if (!saved) return undefined;
    adoption.segment++;
    discard.push(
      ...Array.from({ length: head.to - head.from + 1 }, (_, index) =>
        keys.segment(writer, head.from + index),
      ),
    );
    const named = new Set(events.map(({ id }) => id));
    return {
      entries: [...entries, ...saved.filter(({ event }) => !named.has(event.id))],
      discard: [...discard, keys.intent(writer), keys.head(writer)],
    };
  }

  /**
   * Bodies that a killed writer had written, or was about to, before its log named them; `undefined` if the
   * store did not answer.
   */
  async function abandoned(writer: string): Promise<Entry[] | undefined> {
    const found = await fetchOne(port, keys.intent(writer), decodeIntent);
    if (!("record" in found)) return isPassing(found.lack) ? undefined : [];
    const puts = found.record
      .filter(({ id, at }) => (ledger.lastPut(id) ?? -Infinity) < at)
      .map(({ id, at }): StoreEvent => ({ kind: "put", id, at }));
    const bodies = await fetchBodies(
      port,
      puts.map(({ id }) => keys.body(id)),
    );
    if (bodies.some(({ lack }) => isPassing(lack))) return undefined;
    const there = puts.filter((_, index) => bodies[index]?.lack === undefined);
    // One that was erased is named by a forget, so that its body is deleted.
    return there.map((put) =>
      relogged(ledger.isForgotten(put.id, put.at) ? { ...put, kind: "forget" } : put),
    );
  }

  /**
   * The living writer with the smallest id takes over the dead ones: what several dead logs hold, it copies
   * once. The smallest logs first, and none that is much larger than the own: where lives are short, each
   * copies little, and logs stay few.
   */
  async function choose(log: Log): Promise<Adoption | undefined> {
    if (known.alive.some((other) => other < log.writer)) return undefined;
    const bySize = [...known.dead].sort(
      ([, left], [, right]) => left.to - left.from - (right.to - right.from),
    );
    for (const [writer, head] of bySize) {
      if (head.at >= known.limit && head.to - head.from > 2 * (log.to - log.from) + 1) continue;
      known.dead.delete(writer);
      const current = await fetchOne(port, keys.head(writer), decodeHead);
      if ("record" in current && current.record.revision === head.revision)
        return { writer, head, self: log.writer, segment: head.from };
      if (current.lack === "absent") options.onGone(writer);
    }
    return undefined;
  }

  function isNew(event: StoreEvent): boolean {
    if (event.kind === "put") return !ledger.hasPut(event);
    const name = `${event.kind} ${event.id} ${event.witness ?? event.at}`;
    if (seen.has(name)) return false;
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.add(name);
    return true;
  }

  /** A segment's events; none if it is lost for good, `undefined` if the store did not answer. */
  async function eventsAt(key: string): Promise<StoreEvent[] | undefined> {
    const found = await fetchOne(port, key, decodeEvents);
    if ("record" in found) return found.record;
    return isPassing(found.lack) ? undefined : [];
  }

  return {
    next: async (log) => (await sweepOne(log)) ?? (await adoptOne(log)),
    isFirst: (writer) => !known.alive.some((other) => other < writer),
    census(census) {
      known = census;
    },
  };
}
