/** Decides which events are dead: what was erased must not come back, and dead events need not be kept. */
import { ALL, BRIEFLY, type StoreEvent, TRIMMED } from "./records.js";

/** What this process knows of erased records and of its own log. */
export interface Ledger {
  /** Takes note of an event of any writer. */
  note(event: StoreEvent): void;
  /** Whether a forget erases what happened to this record at this time. A forget erases up to its own millisecond. */
  isForgotten(id: string, at: number): boolean;
  /** Takes note that an event stands in the own log. */
  own(event: StoreEvent): void;
  /** Whether the own log has this very put. */
  hasPut(event: StoreEvent): boolean;
  /** When the own log last put a record, or `undefined`. */
  lastPut(id: string): number | undefined;
  /** Whether an event of the own log may be dropped: what it tells of was erased, or it is itself an old forget. */
  isDead(event: StoreEvent): boolean;
  /** How many events of the own log have died and were not swept out of it; infinitely many when it was erased. */
  dying(): number;
  /** A sweep of the own log begins. */
  sweeping(): void;
  /** The sweep is done: what was dead when it began is no longer in the log. */
  swept(): void;
  /** The own log was left behind and a new one begun. */
  renounce(): void;
}

interface Own {
  events: number;
  put: number | undefined;
  forgotten: number;
  /** How many sweeps had begun when its events died. */
  died: number;
}

/** An erasure is told for thirty days: a process that was away for longer may bring back what was erased. */
export const ERASURES_KEPT = 30 * 24 * 3_600_000;

/** Opens a ledger. A forget is remembered for `retention` milliseconds after it was noted, by `now`. */
export function openLedger(retention: number, now: () => number): Ledger {
  const forgotten = new Map<string, { at: number; noted: number; isBrief: boolean }>();
  const own = new Map<string, Own>();
  let dying = 0;
  let dyingBefore = 0;
  let sweeps = 0;
  let pruneAt = 1_024;

  /** Until when everything was erased. */
  let allErased = -Infinity;
  /** Whether everything in the own log was erased: then even what was known for and against it is to go. */
  let isUrgent = false;
  const erasedAt = (id: string): number => Math.max(allErased, forgotten.get(id)?.at ?? -Infinity, own.get(id)?.forgotten ?? -Infinity);

  function prune(): void {
    if (forgotten.size < pruneAt) return;
    const limit = now() - retention;
    for (const [id, { noted, isBrief }] of forgotten) if (noted < (isBrief ? limit : now() - ERASURES_KEPT)) forgotten.delete(id);
    pruneAt = Math.max(1_024, forgotten.size * 2);
  }

  return {
    note({ kind, id, at, witness }) {
      if (kind === "erase" && id === ALL && at > allErased) {
        allErased = at;
        isUrgent = own.size > 0;
      }
      if (kind !== "forget") return;
      if (at > (forgotten.get(id)?.at ?? -Infinity)) forgotten.set(id, { at, noted: now(), isBrief: isBrief(witness) });
      const mine = own.get(id);
      if (mine && at > mine.forgotten) {
        mine.forgotten = at;
        dying += mine.events;
        mine.events = 0;
        mine.died = sweeps;
      }
      prune();
    },
    isForgotten: (id, at) => erasedAt(id) >= at,
    own({ kind, id, at }) {
      if (kind === "erase" || kind === "use") return;
      if (kind === "forget") {
        dying++;
        return;
      }
      const mine = own.get(id) ?? { events: 0, put: undefined, forgotten: -Infinity, died: 0 };
      own.set(id, mine);
      mine.events++;
      if (kind === "put") mine.put = Math.max(mine.put ?? at, at);
    },
    hasPut: ({ id, at }) => own.get(id)?.put === at,
    lastPut: (id) => own.get(id)?.put,
    isDead({ kind, id, at, witness }) {
      if (kind === "erase") return at < now() - ERASURES_KEPT;
      if (kind === "forget") return at < now() - (isBrief(witness) ? retention : ERASURES_KEPT);
      return erasedAt(id) >= at;
    },
    dying: () => (isUrgent ? Infinity : dying),
    sweeping() {
      isUrgent = false;
      sweeps++;
      dyingBefore = dying;
    },
    swept() {
      dying -= dyingBefore;
      dyingBefore = 0;
      for (const [id, mine] of own) if (mine.events === 0 && mine.died < sweeps) own.delete(id);
    },
    renounce() {
      isUrgent = false;
      dying = 0;
      dyingBefore = 0;
      own.clear();
    },
  };
}

function isBrief(witness: string | undefined): boolean {
  return witness === BRIEFLY || witness === TRIMMED;
}
