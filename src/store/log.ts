/**
 * Decides how a writer's events are cut into segments: the tail is rewritten until it is full, then never
 * again.
 */
import { encodeHead, seal } from "./codec.js";
import type { Keys } from "./keys.js";

/** A segment holds at most this many events, and about this many characters. */
const SEGMENT_EVENTS = 256;
const SEGMENT_CHARACTERS = 65_536;

/** A writer's own log, as far as it is recorded. A value: nothing changes it. */
export interface Log {
  readonly writer: string;
  readonly from: number;
  readonly to: number;
  readonly revision: number;
  /** The events of segment `to`, as JSON texts. */
  readonly tail: readonly string[];
  /** Events in all segments. */
  readonly total: number;
  /** When its head was written. */
  readonly at: number;
  /** Whether its writer has closed it. */
  readonly isClosed: boolean;
}

/** The log of a new writer. */
export function emptyLog(writer: string): Log {
  return { writer, from: 0, to: 0, revision: 0, tail: [], total: 0, at: 0, isClosed: false };
}

/**
 * A log with events added, and the sealed records that make it so. Segments are to be written before the
 * head.
 */
export interface Extended {
  readonly log: Log;
  readonly segments: ReadonlyMap<string, string>;
  readonly head: ReadonlyMap<string, string>;
}

/** Adds events (JSON texts) to a log's tail, sealing segments as they fill up; `from` moves its beginning. */
export function extend(
  log: Log,
  events: readonly string[],
  options: { keys: Keys; at: number; from?: number; removed?: number; isClosed?: boolean },
): Extended {
  const { keys, at, from = log.from, removed = 0, isClosed = false } = options;
  const segments = new Map<string, string>();
  // A beginning behind the tail leaves that behind as well.
  const isAnew = from > log.to;
  let to = Math.max(log.to, from);
  let tail = isAnew ? [] : [...log.tail];
  let size = tail.reduce((sum, event) => sum + event.length, 0);
  const write = (): void => {
    const key = keys.segment(log.writer, to);
    segments.set(key, seal(key, `[${tail.join(",")}]`));
  };
  for (const event of events) {
    if (tail.length >= SEGMENT_EVENTS || (tail.length > 0 && size + event.length > SEGMENT_CHARACTERS)) {
      if (isAnew || to > log.to || tail.length > log.tail.length) write();
      to++;
      tail = [];
      size = 0;
    }
    tail.push(event);
    size += event.length;
  }
  if (events.length > 0 || log.revision === 0 || isAnew) write();
  const next: Log = {
    ...log,
    from,
    to,
    tail,
    revision: log.revision + 1,
    total: log.total + events.length - removed,
    at,
    isClosed,
  };
  const key = keys.head(log.writer);
  return { log: next, segments, head: new Map([[key, seal(key, encodeHead(next))]]) };
}
