/** Decides what is new in the logs of other writers, and which of it can be believed. */

import { breath } from "../template/breath.js";
import { decodeEvents, decodeHead, type Head } from "./codec.js";
import { type Fetched, fetchAll, fetchBodies, isPassing } from "./fetch.js";
import type { Keys } from "./keys.js";
import type { KeyvPort } from "./keyv-port.js";
import type { Ledger } from "./ledger.js";
import type { Report, StoredEvent, StoreEvent, StoreFault, Take, Wants } from "./records.js";
import { amend, type Registered, registered } from "./registry.js";
import type { Census } from "./upkeep.js";

const SEGMENTS_AT_ONCE = 32;
/**
 * Puts in a page: their bodies are in memory together, and whoever takes them in holds the event loop for so
 * long.
 */
const PAGE = 100;
/** Pages that are fetched while one is taken in. */
const AHEAD = 3;
/** A segment that its head names and that is not there is looked for this often: a replica may lag behind. */
const MAX_TRIES = 3;

/**
 * The registry is read after so many milliseconds without a bell: a writer's registration may have been
 * overwritten.
 */
const QUIET = 60_000;
const NOTHING_NEW: Registered = { writers: new Map(), lacks: () => false };

/** Events that are looked at before the event loop gets its turn. */
const SLICE = 1_000;

/** What is known of another writer's log. */
interface View {
  head: Head;
  /** When it registered, or was first seen. */
  readonly since: number;
  /** Segments to read, and how many of their events were given already. */
  readonly open: Map<number, { given: number; tries: number }>;
}

/** The one that reads. */
export interface Reader {
  /** Gives all events that were not given yet, page by page, as `RecordStore.read` says. */
  read(take: Take, wants?: Wants): Promise<void>;
  /** Looks no more for a writer's log. */
  drop(writer: string): void;
}

export interface ReaderOptions {
  readonly port: KeyvPort;
  readonly keys: Keys;
  readonly ledger: Ledger;
  readonly report: Report;
  readonly now: () => number;
  readonly clock: () => number;
  readonly readDeadline: number;
  readonly maxRecordBytes: number;
  readonly adoptAfter: number;
  readonly isSelf: (writer: string) => boolean;
  /** Whether nobody wants the rest of a read any more. */
  readonly isOver: () => boolean;
  /** The writer of the own log, if there is one in the store. */
  readonly self: () => string | undefined;
  /** Called with what a read found out about other writers. */
  readonly onCensus: (census: Census) => void;
  /** Called with each forget another writer made. */
  readonly onForget: (event: StoreEvent) => void;
  /** Called when what was in the store is no longer there. */
  readonly onLost: () => void;
  /** Called with the ids of puts that had been erased before they were found. */
  readonly onStillborn: (ids: readonly string[]) => void;
}

/** Opens a reader; its calls must not overlap. */
export function openReader(options: ReaderOptions): Reader {
  const { port, keys, ledger, now, clock } = options;
  const views = new Map<string, View>();
  /**
   * Logs that this process began and left behind: nothing in them is new to it, but somebody must take them
   * over.
   */
  const left = new Map<string, Head>();
  /**
   * Writers that are registered and whose head was not there yet, or could not be read: the bell that told of them
   * rings once, before their first events are there.
   */
  const awaited = new Set<string>();
  /** Puts whose bodies could not be read yet. */
  let owed: StoreEvent[] = [];
  /** The bell when the registry was last read, and when that was. */
  let heard: string | undefined;
  let looked = -Infinity;
  /** Whether this read has found a segment missing. */
  let hasVanished = false;
  let isFirst = true;
  let faults = new Map<StoreFault["code"], number>();
  const count: Report = (code, _operation, number) => void faults.set(code, (faults.get(code) ?? 0) + number);

  async function read(take: Take, wants: Wants = () => true): Promise<void> {
    const until = clock() + options.readDeadline;
    faults = new Map();
    hasVanished = false;
    await readHeads();
    const events = await readSegments(until);
    if (hasVanished) {
      // A log was taken over while it was read: what it held is in another one by now.
      looked = -Infinity;
      await readHeads();
      for (const event of await readSegments(until)) events.push(event);
    }
    // The first read finds what was erased long ago, with its bodies.
    const stillborn = isFirst ? [] : events.filter(ledger.isVain);
    if (stillborn.length > 0) options.onStillborn(stillborn.map(({ id }) => id));
    isFirst = false;
    const [puts, erasing, others] = [owed, [] as StoreEvent[], [] as StoreEvent[]];
    owed = [];
    await inSlices(events, (slice) => {
      for (const event of slice) {
        ledger.note(event);
        const isErasing = event.kind === "forget" || event.kind === "erase";
        if (isErasing) options.onForget(event);
        (event.kind === "put" ? puts : isErasing ? erasing : others).push(event);
      }
    });
    // What was erased comes first: it decides what of the rest counts.
    if (erasing.length > 0) take(erasing);
    await inSlices(others, take);
    await givePuts(await leaveUnwanted(puts, { take, wants }), until, take);
    for (const [code, number] of faults) options.report(code, "read", number);
    options.onCensus(census());
  }

  /** 1. Who writes, and how far each has come. */
  async function readHeads(): Promise<void> {
    const { writers, lacks } = (await hasNews(options.self()))
      ? await registered(port, keys, count)
      : NOTHING_NEW;
    if (writers.size > 0) awaited.clear();
    // It may have begun a new log, because the store has lost the one there was.
    const self = options.self();
    // A log that was closed changes no more; it is looked at again when there is news.
    const known = new Set(
      [...views].filter(([, { head }]) => writers.size > 0 || !head.isClosed).map(([writer]) => writer),
    );
    for (const writer of [...writers.keys(), ...awaited]) known.add(writer);
    if (self !== undefined) known.delete(self);
    const heads = await fetchAll(port, [...known].map(keys.head), decodeHead);
    const lost: string[] = [];
    left.clear();
    for (const [index, writer] of [...known].entries()) {
      const since = writers.get(writer) ?? now();
      const found = heads[index] ?? { lack: "absent" };
      if (!options.isSelf(writer)) takeHead(writer, found, since);
      else if ("record" in found) left.set(writer, found.record);
      if (found.lack === "absent" && since < now() - options.adoptAfter) lost.push(writer);
      if (found.lack !== "absent" && !isPassing(found.lack)) awaited.delete(writer);
      else if (writers.has(writer)) awaited.add(writer);
    }
    const add = new Map(
      [...views].filter(([writer]) => lacks(writer)).map(([writer, { since }]) => [writer, since]),
    );
    if (self !== undefined && lacks(self)) add.set(self, now());
    if (add.size > 0 || lost.length > 0) await amend({ port, keys }, { add, remove: lost });
  }

  /**
   * Whether the registry is to be read: the bell has rung, or it is time. Notes as well whether the store was
   * emptied.
   */
  async function hasNews(self: string | undefined): Promise<boolean> {
    const [bell, own] = await port.read([keys.bell, ...(self === undefined ? [] : [keys.head(self)])]);
    const rung = bell && "text" in bell ? bell.text : undefined;
    const isGone = heard !== undefined && bell !== undefined && "gap" in bell && bell.gap === "absent";
    const isOwnGone =
      self !== undefined &&
      self === options.self() &&
      own !== undefined &&
      "gap" in own &&
      own.gap === "absent";
    if (isGone || isOwnGone) {
      count("lost", "read", 1);
      options.onLost();
    } else if (rung !== undefined && rung === heard && now() - looked < QUIET) return false;
    // Without a bell nobody has written, or those who did know of none. One that could not be read may be gone:
    // by the next time the writer may have put its own log there again, and nothing else would tell.
    if (rung !== undefined || (bell && "gap" in bell && bell.gap === "absent")) heard = rung;
    looked = now();
    return true;
  }

  function takeHead(writer: string, found: Fetched<Head>, since: number): void {
    const view = views.get(writer);
    if (!("record" in found)) {
      // No head: a log that was taken over by another writer, or one that has only just been registered.
      if (found.lack === "absent") views.delete(writer);
      else count(found.lack, "read", 1);
      return;
    }
    const head = found.record;
    if (!view) {
      const first: View = { head, since, open: new Map() };
      openFrom(first, head.from);
      views.set(writer, first);
    } else if (head.revision > view.head.revision) {
      const last = view.head.to;
      view.head = head;
      openFrom(view, last);
    }
  }

  function openFrom({ head, open }: View, first: number): void {
    for (const segment of open.keys()) if (segment < head.from) open.delete(segment);
    for (let segment = Math.max(first, head.from); segment <= head.to; segment++) {
      open.set(segment, { given: open.get(segment)?.given ?? 0, tries: 0 });
    }
  }

  /** 2. What stands in the segments that were not read, or have grown. */
  async function readSegments(until: number): Promise<StoreEvent[]> {
    const events: StoreEvent[] = [];
    const wanted = [...views].flatMap(([writer, view]) =>
      [...view.open]
        .filter(([, { tries }]) => tries >= 0)
        .map(([segment, state]) => ({ writer, view, segment, state })),
    );
    for (let start = 0; start < wanted.length; start += SEGMENTS_AT_ONCE) {
      const part = wanted.slice(start, start + SEGMENTS_AT_ONCE);
      if (clock() >= until) break;
      const found = await fetchAll(
        port,
        part.map(({ writer, segment }) => keys.segment(writer, segment)),
        decodeEvents,
      );
      for (const [index, { view, segment, state }] of part.entries()) {
        const all = eventsIn(found[index] ?? { lack: "absent" }, state);
        if (!all) continue;
        for (const event of all.slice(state.given)) events.push(event);
        // Only the last segment can grow; it is read again when its head has moved.
        if (segment < view.head.to) view.open.delete(segment);
        else view.open.set(segment, { given: Math.max(state.given, all.length), tries: -1 });
      }
    }
    return events;
  }

  /** A segment's events; none if it is lost; `undefined` if it is to be tried again. */
  function eventsIn(found: Fetched<StoreEvent[]>, state: { tries: number }): StoreEvent[] | undefined {
    if ("record" in found) return found.record;
    if (found.lack === "absent" && !hasVanished) {
      hasVanished = true;
      state.tries++;
    }
    if (found.lack === "absent" && state.tries < MAX_TRIES) return undefined;
    count(found.lack === "absent" ? "missing" : found.lack, "read", 1);
    return isPassing(found.lack) ? undefined : [];
  }

  /** 3. What was put and not forgotten, oldest first. Gives what nobody wants now, and returns the rest. */
  async function leaveUnwanted(
    puts: readonly StoreEvent[],
    { take, wants }: { readonly take: Take; readonly wants: Wants },
  ): Promise<StoreEvent[]> {
    const live: StoreEvent[] = [];
    await inSlices(puts, (slice) => {
      for (const event of slice) if (!ledger.isForgotten(event.id, event.at)) live.push(event);
    });
    live.sort((left, right) => left.at - right.at);
    const [wanted, others]: [StoreEvent[], StoreEvent[]] = [[], []];
    await inSlices(live, (slice) => {
      for (const event of slice)
        (event.scope === undefined || wants(event, live.length) ? wanted : others).push(event);
    });
    await inSlices(others, take);
    return wanted;
  }

  /** 4. The bodies of puts. The store fetches the next page while this one is taken in. */
  async function givePuts(live: readonly StoreEvent[], until: number, take: Take): Promise<void> {
    const pageAt = (start: number): Promise<StoredEvent[]> =>
      withBodies(live.slice(start, start + PAGE), until);
    const ahead = Array.from({ length: AHEAD }, (_, index) => pageAt(index * PAGE));
    let start = 0;
    try {
      while (start < live.length && !options.isOver()) {
        const page = (await ahead.shift()) ?? [];
        // Reading a page and taking it in are two pieces of work, with others in between.
        await breath();
        start += PAGE;
        ahead.push(pageAt(start + (AHEAD - 1) * PAGE));
        if (page.length > 0) take(page);
      }
    } finally {
      for (const event of live.slice(start)) owed.push(event);
    }
  }

  async function withBodies(puts: readonly StoreEvent[], until: number): Promise<StoredEvent[]> {
    if (clock() >= until) {
      // They were not tried, since there was no time left: that is no failed try.
      owed.push(...puts);
      return [];
    }
    const found = await fetchBodies(
      port,
      puts.map(({ id }) => keys.body(id)),
      options.maxRecordBytes,
    );
    const given: StoredEvent[] = [];
    for (const [index, event] of puts.entries()) {
      const body = found[index] ?? { lack: "timeout" };
      if ("record" in body) {
        given.push({ ...event, body: body.record.body });
        continue;
      }
      count(body.lack === "absent" ? "missing" : body.lack, "read", 1);
      if (isPassing(body.lack)) owed.push(event);
      // What lost its body is as good as forgotten: no log needs to keep it.
      else ledger.note({ kind: "forget", id: event.id, at: event.at });
    }
    return given;
  }

  function census(): Census {
    const limit = now() - options.adoptAfter;
    const dead = new Map<string, Head>();
    const alive: string[] = [];
    const isDead = ({ at, isClosed }: Head): boolean => isClosed || at < limit;
    for (const [writer, { head, open }] of views) {
      if (!isDead(head)) alive.push(writer);
      else if ([...open.values()].every(({ tries }) => tries < 0)) dead.set(writer, head);
    }
    for (const [writer, head] of left) if (isDead(head)) dead.set(writer, head);
    return { alive, dead, limit };
  }

  return { read, drop: (writer) => void views.delete(writer) };
}

/** Hands over events slice by slice, with other work in between. */
async function inSlices(
  events: readonly StoreEvent[],
  work: (slice: readonly StoreEvent[]) => unknown,
): Promise<void> {
  for (let start = 0; start < events.length; start += SLICE) {
    if (start > 0) await breath();
    work(events.slice(start, start + SLICE));
  }
}
