/** Decides how the parts of the store work together, and how long a caller waits for them. */
import { byteLength, hex, randomBytes } from "../template/bytes.js";
import { encodeEvent, isEvent, isId, seal } from "./codec.js";
import { openInventory } from "./inventory.js";
import { type Keys, storeKeys } from "./keys.js";
import type { StoreSource } from "./keyv-like.js";
import { openPort } from "./keyv-port.js";
import { openLedger } from "./ledger.js";
import { type Entry, openQueue } from "./queue.js";
import { openReader } from "./reader.js";
import type { RecordStore, Report, StoredEvent, StoreEvent, StoreFault, Take, Wants } from "./records.js";
import { openUpkeep } from "./upkeep.js";
import { openWriter, type Writer } from "./writer.js";

/** How a record store is opened. Times are in milliseconds. */
export interface RecordStoreOptions {
  /**
   * Any Keyv, 5.6 or 6, or what opens one. It may be shared with anything else, and is never cleared or
   * iterated. One that is handed in is never disconnected; one that was opened here is, when it is given up
   * and on `close`.
   */
  readonly keyv: StoreSource;
  /** Stores with different namespaces see nothing of each other. Any text. */
  readonly namespace: string;
  /** Called for each kind of fault of an operation. */
  readonly onFault: (fault: StoreFault) => void;
  /** How long `append` makes its caller wait; not at all while the store does not answer. Default 50. */
  readonly deadline?: number;
  /** How long one `read` may take; what is not read by then comes with the next. Default 30,000. */
  readonly readDeadline?: number;
  /** How long one Keyv operation may take before it counts as hanging. Default 5,000. */
  readonly operationDeadline?: number;
  /**
   * How long `close` waits for a store that writes nothing; if it does write, up to ten times as long.
   * Default 1,000.
   */
  readonly closeDeadline?: number;
  /** The longest body as stored; the same for all processes on a store. Default 262,144. */
  readonly maxRecordBytes?: number;
  /** How many events may wait to be written; beyond, the oldest are dropped. Default 10,000. */
  readonly maxWaiting?: number;
  /**
   * A writer silent for this long counts as dead, and forgotten records leave no trace after it. Default one
   * hour.
   */
  readonly adoptAfter?: number;
  /** The id of this writer's first log; must never have been used. Default random. */
  readonly writer?: string;
  /** The wall clock, as milliseconds since the epoch. */
  readonly now?: () => number;
  /** Random bytes for writer ids. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** Events longer than this (a witness of several kilobytes) are refused. */
const MAX_EVENT = 4_096;
/** The share of what may wait beyond which every caller waits for its deadline. */
const BEHIND = 1 / 4;
const MAX_WAITING_CHARACTERS = 16_777_216;
/** How long `close` goes on taking over logs that others have closed. */
const LAST_CHORES = 200;
/** How often `close` tries again. */
const CLOSE_RETRY = 50;

/** Opens the records of one namespace in a Keyv. Nothing is read or written before the first call. */
export function openRecordStore(options: RecordStoreOptions): RecordStore {
  const { deadline = 50, readDeadline = 30_000, operationDeadline = 5_000, closeDeadline = 1_000 } = options;
  const {
    maxRecordBytes = 262_144,
    maxWaiting = 10_000,
    adoptAfter = 3_600_000,
    now = Date.now,
    random = randomBytes,
  } = options;
  const clock = (): number => performance.now();
  const report: Report = (code, operation, count) => {
    if (count <= 0) return;
    try {
      options.onFault({ code, operation, count });
    } catch {
      // A listener's error is not the store's.
    }
  };

  const keys = storeKeys(options.namespace);
  const port = openPort(options.keyv, operationDeadline, clock);
  const ledger = openLedger(adoptAfter, now);
  const queue = openQueue(maxWaiting, MAX_WAITING_CHARACTERS);
  const aside = openQueue(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const upkeep = openUpkeep({ port, keys, ledger, onGone: (gone) => reader.drop(gone) });
  /** Callers that wait for what they appended. */
  const waiting = new Set<() => void>();
  let given = options.writer;
  const newWriter = (): string => {
    const id = given ?? hex(random(10));
    given = undefined;
    return id;
  };
  const writer: Writer = openWriter({
    port,
    keys,
    queue,
    aside,
    ledger,
    report,
    now,
    newWriter,
    adoptAfter,
    onDown: () => {
      for (const letGo of waiting) letGo();
    },
    chore: () => upkeep.next(writer.log()),
  });
  const reader = openReader({
    ...{ port, keys, ledger, report, now, clock, readDeadline, maxRecordBytes, adoptAfter },
    isSelf: writer.isSelf,
    isOver: () => closing !== undefined,
    self: () => (writer.log().revision > 0 ? writer.log().writer : undefined),
    onCensus: upkeep.census,
    onForget: ({ id, at }) => {
      // Another process erased the body; a write of ours may have come after that.
      const put = ledger.lastPut(id);
      if (put !== undefined && put <= at) writer.erase([keys.body(id)]);
      hasForgotten = true;
    },
    onLost: () => {
      writer.renew();
      losses++;
    },
    // It was erased before its writer wrote it: nobody has deleted its body.
    onStillborn: (ids) => writer.erase(ids.map(keys.body)),
  });
  let losses = 0;
  /** Whether another writer has erased something since the queue was last looked through. */
  let hasForgotten = false;
  /** What came and is neither recorded nor given up, the oldest first. */
  const unrecorded = new Set<{ readonly at: number }>();
  let reading: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  /** Whether the last caller that waited has gone, and nothing was recorded since. */
  let isLate = false;

  async function readOnce(take: Take, wants?: Wants): Promise<void> {
    if (closing) return;
    await reader.read(take, wants);
    if (hasForgotten) purge();
    hasForgotten = false;
    writer.heartbeat();
    writer.wake();
  }

  function entryOf(event: StoredEvent, done: () => void): Entry | undefined {
    if (!isEvent(event)) {
      report("damaged", "write", 1);
      return undefined;
    }
    const text = encodeEvent(event);
    const sealed = event.kind === "put" && event.body !== undefined ? sealedBody(keys, event) : undefined;
    if (sealed === null) report("damaged", "write", 1);
    else if (text.length > MAX_EVENT || (sealed && byteLength(sealed) > maxRecordBytes))
      report("too-large", "write", 1);
    else
      return {
        event: bare(event),
        text,
        done: noted(done),
        ...(sealed === undefined ? {} : { body: sealed }),
      };
    return undefined;
  }

  /** Counts what waits until it is recorded or given up. */
  function noted(done: () => void): () => void {
    const came = { at: clock() };
    unrecorded.add(came);
    return () => {
      unrecorded.delete(came);
      done();
    };
  }

  function append(events: readonly StoredEvent[]): Promise<void> {
    return new Promise((resolve) => {
      let left = 1;
      const letGo = (): void => {
        clearTimeout(timer);
        waiting.delete(letGo);
        resolve();
      };
      const done = (): void => {
        if (--left > 0) return;
        isLate = false;
        letGo();
      };
      const timer = setTimeout(() => {
        isLate = true;
        report("slow", "write", left);
        letGo();
      }, deadline);
      // Who has waited for this store in vain does not wait again before it has answered. Where it answers and
      // more comes than it takes, or has room for, everybody waits: less comes then.
      const isBehind = queue.length > maxWaiting * BEHIND || aside.length > 0;
      if ((isLate && !isBehind) || writer.isDown()) letGo();
      else waiting.add(letGo);
      const entries = entriesOf(events, done);
      left += entries.length;
      enqueue(entries);
      done();
    });
  }

  async function trim(events: readonly StoreEvent[]): Promise<void> {
    if (closing || events.length === 0) return;
    const recorded = Promise.withResolvers<void>();
    let left = events.length;
    const done = (): void => {
      if (--left === 0) recorded.resolve();
    };
    for (const event of events) {
      ledger.note(event);
      aside.push({ event, text: encodeEvent(event), done });
    }
    purge();
    writer.wake();
    if (writer.isDown()) return;
    waiting.add(recorded.resolve);
    await recorded.promise;
    waiting.delete(recorded.resolve);
  }

  function entriesOf(events: readonly StoredEvent[], done: () => void): Entry[] {
    if (!closing) return events.flatMap((event) => entryOf(event, done) ?? []);
    report("dropped", "write", events.length);
    return [];
  }

  function enqueue(entries: readonly Entry[]): void {
    for (const entry of entries) {
      ledger.note(entry.event);
      giveUp(queue.push(entry));
    }
    if (entries.some(({ event: { kind } }) => kind === "forget" || kind === "erase")) purge();
    writer.wake();
  }

  /** What waits to be written and was erased meanwhile waits no longer: not even here may it stay. */
  function purge(): void {
    const vain = queue.purge(
      ({ event }) =>
        event.kind !== "forget" && event.kind !== "erase" && ledger.isForgotten(event.id, event.at),
    );
    for (const { done } of vain) done();
  }

  function giveUp(entries: readonly Entry[]): void {
    report("dropped", "write", entries.length);
    if (entries.length > 0 && !closing) losses++;
    for (const { done } of entries) done();
  }

  async function finish(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      let before = port.succeeded();
      let rounds = 0;
      timer = setInterval(() => {
        if (port.succeeded() === before || ++rounds === 10) resolve();
        before = port.succeeded();
      }, closeDeadline);
    });
    let over = false;
    async function flushAll(): Promise<void> {
      await writer.flush();
      while (writer.isDown() && !over) {
        await new Promise((resolve) => setTimeout(resolve, CLOSE_RETRY));
        port.hurry();
        await writer.flush();
      }
    }
    await Promise.race([flushAll().then(() => (over ? undefined : writer.farewell(LAST_CHORES))), limit]);
    over = true;
    clearInterval(timer);
    giveUp(writer.stop());
    for (const letGo of waiting) letGo();
    await port.release();
  }

  return {
    read(take, wants) {
      const next = reading.then(() => readOnce(take, wants));
      reading = next.catch(() => undefined);
      return next;
    },
    append,
    record: (events) => enqueue(entriesOf(events, () => undefined)),
    trim,
    waiting: () => queue.length,
    ...openInventory({ port, keys, report, maxRecordBytes }),
    losses: () => losses,
    lag() {
      const [oldest] = unrecorded;
      return { waiting: unrecorded.size, lag: oldest ? Math.max(0, clock() - oldest.at) : 0 };
    },
    isOwner: () => writer.log().revision > 0 && upkeep.isFirst(writer.log().writer),
    flush: () => (closing ? Promise.resolve() : writer.flush()),
    close() {
      closing ??= finish();
      return closing;
    },
  };
}

function bare({ kind, id, at, witness, scope }: StoredEvent): StoreEvent {
  return {
    ...{ kind, id, at },
    ...(witness !== undefined && { witness }),
    ...(scope !== undefined && { scope }),
  };
}

/** The sealed body of a put; `null` if it is no JSON value. */
function sealedBody(keys: Keys, { id, body }: StoredEvent): string | null {
  try {
    const json = JSON.stringify(body);
    return json === undefined || !isId(id) ? null : seal(keys.body(id), json);
  } catch {
    return null;
  }
}
