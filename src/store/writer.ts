/**
 * Decides when and in what order waiting events reach the store: one job at a time, tried until it succeeds.
 */
import { encodeEvent, encodeIntent, seal } from "./codec.js";
import type { Keys } from "./keys.js";
import type { Failure, KeyvPort } from "./keyv-port.js";
import type { Ledger } from "./ledger.js";
import { emptyLog, extend, type Log } from "./log.js";
import type { Entry, Queue } from "./queue.js";
import type { Report, StoreEvent } from "./records.js";
import { amend, isRegistered, register } from "./registry.js";

const FIRST_RETRY = 100;
const LAST_RETRY = 5_000;
/** How long after it registered a writer that closes looks whether it still is, and how often at most. */
const LOOK_AFTER = 20;
const MAX_LOOKS = 10;

/** Something to be written as one: all of it succeeds, or it is tried again as it stands. */
export interface Job {
  readonly entries: readonly Entry[];
  /** Whether it was not queued: nobody waits for it. */
  readonly isAside?: boolean;
  /** Moves the beginning of this writer's log; void if the log is no longer this writer's. */
  readonly trim?: { readonly writer: string; readonly from: number; readonly removed: number };
  /** Keys to delete once the rest is recorded. */
  readonly discard?: readonly string[];
}

/** The one that writes. */
export interface Writer {
  /** Writes what waits, unless it is doing so already or waits to try again. */
  wake(): void;
  /** Resolves when nothing waits, or when an attempt to write has failed. */
  flush(): Promise<void>;
  /** Whether the last attempt to write has failed. */
  isDown(): boolean;
  /** Has keys deleted with the next job. */
  erase(keys: readonly string[]): void;
  /** Has the head written again when it is old, so that nobody takes this writer for dead. */
  heartbeat(): void;
  /** Whether a writer is, or was, this process. */
  isSelf(writer: string): boolean;
  /** The own log as recorded. */
  log(): Log;
  /** Begins a new log: the store has lost the one there was. */
  renew(): void;
  /**
   * Takes over what it can in so many milliseconds, says that the own log is closed, and makes sure that it
   * can be found.
   */
  farewell(time: number): Promise<void>;
  /** Stops for good; returns what was not recorded. */
  stop(): readonly Entry[];
}

export interface WriterOptions {
  readonly port: KeyvPort;
  readonly keys: Keys;
  readonly queue: Queue;
  /** What makes room in the store: written in turn with the queue, however much waits there. */
  readonly aside: Queue;
  readonly ledger: Ledger;
  readonly report: Report;
  readonly now: () => number;
  /** Gives a writer id that was never used. */
  readonly newWriter: () => string;
  /** A log not written for this long is another's to take over. */
  readonly adoptAfter: number;
  /** Called when an attempt to write has failed. */
  readonly onDown: () => void;
  /** The next job of the upkeep of logs: when nothing waits, and in between. */
  readonly chore: () => Promise<Job | undefined>;
}

/** Opens a writer; nothing is written before the first event. */
export function openWriter(options: WriterOptions): Writer {
  const { port, keys, queue, aside, ledger, report, now } = options;
  const selves = new Set<string>();
  /** Who waits for what was queued when they came, and how much of it is left. */
  const flushers: { left: number; readonly resolve: () => void }[] = [];
  const idlers: (() => void)[] = [];
  /** When it is to have come to an end, once it closes. */
  let leavingBy = Number.POSITIVE_INFINITY;
  const erasures = new Set<string>();
  let log = begin();
  let current: Job | undefined;
  let working = false;
  /** Whether the head is to be written again, though nothing else is. */
  let isDue = false;
  let stopped = false;
  /** What was written last, while something always waits: of the queue, of what makes room, of upkeep. */
  let turn: "queue" | "aside" | "upkeep" = "upkeep";
  /** Whether the current attempt may have changed the own log's keys. */
  let touched = false;
  let delay = FIRST_RETRY;
  let retry: NodeJS.Timeout | undefined;

  function begin(): Log {
    const writer = options.newWriter();
    selves.add(writer);
    return emptyLog(writer);
  }

  /**
   * Begins a new log. After a write that hung: it may still happen, after later ones, and undo them. After a
   * long silence: another process may have taken the log over.
   */
  function moveOn(): void {
    log = begin();
    ledger.renounce();
  }

  async function work(): Promise<void> {
    if (working || stopped) return;
    working = true;
    clearTimeout(retry);
    retry = undefined;
    let failure: Failure | undefined;
    while (!failure && !stopped) {
      current ??= await nextJob();
      if (!current) break;
      failure = await record(current);
      if (failure) report(failure, "write", current.entries.length);
      else {
        for (const { done } of current.entries) done();
        if (isQueued(current)) settleFlushers(current.entries.length);
        current = undefined;
        delay = FIRST_RETRY;
      }
    }
    working = false;
    for (const resolve of idlers.splice(0)) resolve();
    if (failure || queue.length === 0 || stopped) settleFlushers();
    if (failure && !stopped) {
      retry = setTimeout(work, delay);
      retry.unref?.();
      delay = Math.min(delay * 2, LAST_RETRY);
      options.onDown();
    } else if (queue.length > 0 || aside.length > 0 || isDue) void work();
  }

  async function nextJob(): Promise<Job | undefined> {
    if (queue.length > 0) {
      const between = await jobBetween();
      // At once: who flushes now is to wait for what was taken.
      if (!between) current = { entries: queue.take() };
      return between ?? current;
    }
    if (aside.length > 0) return { entries: aside.take(), isAside: true };
    if (erasures.size > 0 || isDue) {
      isDue = false;
      return { entries: [] };
    }
    settleFlushers();
    return await nextChore();
  }

  /**
   * In turn with the queue, as much as is taken from there: a writer that never rests would never make room or
   * tidy up. `undefined` when it is the queue's turn.
   */
  async function jobBetween(): Promise<Job | undefined> {
    if (turn === "queue" && aside.length > 0) {
      turn = "aside";
      return { entries: aside.take(), isAside: true };
    }
    const chore = turn === "upkeep" ? undefined : await nextChore();
    turn = chore ? "upkeep" : "queue";
    return chore;
  }

  async function nextChore(): Promise<Job | undefined> {
    return log.revision > 0 && performance.now() < leavingBy ? await options.chore() : undefined;
  }

  function settleFlushers(recorded = Number.POSITIVE_INFINITY): void {
    for (const flusher of flushers.splice(0)) {
      flusher.left -= recorded;
      if (flusher.left <= 0) flusher.resolve();
      else flushers.push(flusher);
    }
  }

  /**
   * Intent, bodies, erasures, segments, head, in this order: a log never names what is not there yet, and
   * what is there is named by a log or an intent, wherever its writer is killed.
   */
  async function record(job: Job): Promise<Failure | undefined> {
    if (job.trim && job.trim.writer !== log.writer) return undefined;
    if (log.revision > 0 && now() - log.at > options.adoptAfter / 2) moveOn();
    const before = log.revision;
    touched = false;
    const failure = await attempt(job);
    if (failure === "timeout" && touched && log.revision === before) moveOn();
    return failure;
  }

  async function attempt(job: Job): Promise<Failure | undefined> {
    const first = log.revision === 0;
    const self = new Map([[log.writer, now()]]);
    let failure = first ? await register({ port, keys }, log.writer, now()) : undefined;
    if (failure) return failure;

    const { bodies, gone } = plan(job.entries);
    const texts = job.entries.map(({ text }) => text);
    const next = extend(log, texts, { keys, at: now(), ...job.trim });
    failure = (await announce(job.entries, bodies)) ?? (await port.write(bodies)) ?? (await erase(gone));
    if (failure) return failure;
    touched = true;
    failure = (await port.write(next.segments)) ?? (await port.write(next.head));
    if (failure) return failure;

    log = next.log;
    if (!job.trim) for (const { event } of job.entries) ledger.own(event);
    if (job.discard && (await port.erase(job.discard))) for (const key of job.discard) erasures.add(key);
    // The second look of registry.ts. What it finds wrong is mended by the next read if not now.
    if (first) await amend({ port, keys }, { add: self });
    return undefined;
  }

  async function announce(
    entries: readonly Entry[],
    bodies: ReadonlyMap<string, string>,
  ): Promise<Failure | undefined> {
    if (bodies.size === 0) return undefined;
    const puts = entries.filter(({ event }) => event.kind === "put" && bodies.has(keys.body(event.id)));
    const key = keys.intent(log.writer);
    return await port.write(new Map([[key, seal(key, encodeIntent(puts.map(({ event }) => event)))]]));
  }

  function plan(entries: readonly Entry[]): { bodies: Map<string, string>; gone: string[] } {
    const bodies = new Map<string, string>();
    const gone = new Set(erasures);
    for (const { event, body } of entries) {
      const key = keys.body(event.id);
      if (event.kind === "put" && body !== undefined && !ledger.isForgotten(event.id, event.at)) {
        bodies.set(key, body);
        gone.delete(key);
        erasures.delete(key);
      } else if (
        event.kind === "forget" &&
        !bodies.has(key) &&
        (ledger.lastPut(event.id) ?? -Infinity) <= event.at
      )
        gone.add(key);
    }
    return { bodies, gone: [...gone] };
  }

  async function erase(gone: readonly string[]): Promise<Failure | undefined> {
    const failure = gone.length > 0 ? await port.erase(gone) : undefined;
    if (!failure) for (const key of gone) erasures.delete(key);
    return failure;
  }

  function wake(): void {
    if (!retry) void work();
  }

  return {
    wake,
    flush() {
      return new Promise((resolve) => {
        flushers.push({
          left: queue.length + (current && isQueued(current) ? current.entries.length : 0),
          resolve,
        });
        void work();
      });
    },
    isDown: () => retry !== undefined,
    erase(erased) {
      for (const key of erased) erasures.add(key);
      wake();
    },
    heartbeat() {
      if (log.revision === 0 || now() - log.at < options.adoptAfter / 4) return;
      isDue = true;
      wake();
    },
    renew: moveOn,
    async farewell(time) {
      leavingBy = performance.now() + time;
      if (working) await new Promise<void>((resolve) => idlers.push(resolve));
      if (log.revision === 0 || retry) return;
      const closed = extend(log, [], { keys, at: now(), isClosed: true });
      if (await port.write(closed.head)) return;
      log = closed.log;
      for (let looks = 0; looks < MAX_LOOKS; looks++) {
        // Who read the bucket before this writer was in it has written it by then.
        await new Promise((resolve) => setTimeout(resolve, LOOK_AFTER * (0.5 + Math.random())));
        if (await isRegistered({ port, keys }, log.writer)) return;
        await register({ port, keys }, log.writer, now());
      }
    },
    isSelf: (writer) => selves.has(writer),
    log: () => log,
    stop() {
      stopped = true;
      clearTimeout(retry);
      // What was to make room is done by the next owner.
      aside.drain();
      return [...(current && isQueued(current) ? current.entries : []), ...queue.drain()];
    },
  };
}

/** Whether a job is of what was queued, and not of upkeep. */
function isQueued({ isAside, trim, discard }: Job): boolean {
  return !isAside && trim === undefined && discard === undefined;
}

/** An entry for an event that is moved from one log to another. */
export function relogged(event: StoreEvent): Entry {
  return { event, text: encodeEvent(event), done: () => undefined };
}
