/** Decides what waits to be written, in what order, and what is given up when too much waits. */
import type { StoreEvent } from "./records.js";

/** An event ready to be written. */
export interface Entry {
  readonly event: StoreEvent;
  /** The event as JSON text. */
  readonly text: string;
  /** The sealed body of a put. */
  readonly body?: string;
  /** Called once, when the event is recorded or given up. */
  readonly done: () => void;
}

/** Entries in the order they came, bounded by number and by size. */
export interface Queue {
  readonly length: number;
  /** Adds an entry; returns those given up for it, oldest first. */
  push(entry: Entry): Entry[];
  /** Takes out what needs no longer be written. */
  purge(isVain: (entry: Entry) => boolean): Entry[];
  /** Takes the next entries to be written together. */
  take(): Entry[];
  /** Takes everything. */
  drain(): Entry[];
}

/** Enough to fill four segments, or about a megabyte of bodies. */
const BATCH_ENTRIES = 1_024;
const BATCH_CHARACTERS = 1_048_576;

/** Opens a queue that holds at most so many entries and characters. */
export function openQueue(maxEntries: number, maxCharacters: number): Queue {
  let waiting: Entry[] = [];
  let first = 0;
  let size = 0;

  function shift(): Entry | undefined {
    const entry = waiting[first];
    if (!entry) return undefined;
    first++;
    size -= sizeOf(entry);
    if (first > 1_024 && first * 2 > waiting.length) {
      waiting = waiting.slice(first);
      first = 0;
    }
    return entry;
  }

  return {
    get length() {
      return waiting.length - first;
    },
    push(entry) {
      waiting.push(entry);
      size += sizeOf(entry);
      const dropped: Entry[] = [];
      while (waiting.length - first > 1 && (waiting.length - first > maxEntries || size > maxCharacters)) {
        const oldest = shift();
        if (oldest) dropped.push(oldest);
      }
      return dropped;
    },
    purge(isVain) {
      const vain: Entry[] = [];
      const left = waiting.slice(first).filter((entry) => !isVain(entry) || !vain.push(entry));
      waiting = left;
      first = 0;
      size = left.reduce((sum, entry) => sum + sizeOf(entry), 0);
      return vain;
    },
    take() {
      const batch: Entry[] = [];
      let characters = 0;
      while (batch.length < BATCH_ENTRIES && characters < BATCH_CHARACTERS) {
        const entry = shift();
        if (!entry) break;
        batch.push(entry);
        characters += sizeOf(entry);
      }
      return batch;
    },
    drain() {
      const all = waiting.slice(first);
      waiting = [];
      first = 0;
      size = 0;
      return all;
    },
  };
}

function sizeOf({ text, body }: Entry): number {
  return text.length + (body?.length ?? 0);
}
