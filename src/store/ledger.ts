/** Decides which events are dead: what was erased must not come back, and dead events need not be kept. */
import { ALL, BRIEFLY, type StoreEvent, TRIMMED } from "./records.js";

/** What this process knows of erased records and of its own log. */
export interface Ledger {
  /** Takes note of an event of any writer. */
  note(event: StoreEvent): void;
  /**
   * Whether a forget erases what happened to this record at this time. A forget erases up to its own
   * millisecond.
   */
  isForgotten(id: string, at: number): boolean;
  /** Takes note that an event stands in the own log. */
  own(event: StoreEvent): void;
  /** Whether the own log has this very put. */
  hasPut(event: StoreEvent): boolean;
  /** When the own log last put a record, or `undefined`. */
  lastPut(id: string): number | undefined;
  /**
   * Whether this is a put of what was erased, and the own log does not put it anew: then nobody needs its
   * body.
   */
  isVain(event: StoreEvent): boolean;
  /**
   * Whether an event of the own log may be dropped: what it tells of was erased, or it is itself an old
   * forget.
   */
  isDead(event: StoreEvent): boolean;
  /**
   * How many events of the own log have died and were not swept out of it; infinitely many when it was
   * erased.
   */
  dying(): number;
  /** A sweep of the own log begins. */
  sweeping(): void;
  /** The sweep is done: what was dead when it began is no longer in the log. */
  swept(): void;
  /** The own log was left behind and a new one begun. */
  renounce(): void;
  /** How many erasures by name are remembered, those of the own log's records apart. */
  remembered(): number;
}

interface Own {
  events: number;
  /** Whether any of them says more than an id and a digest: a person's reason, a name. */
  hasWords: boolean;
  put: number | undefined;
  forgotten: number;
  /** How many sweeps had begun when its events died. */
  died: number;
}

/** An erasure is told for thirty days: a process that was away for longer may bring back what was erased. */
export const ERASURES_KEPT = 30 * 24 * 3_600_000;

/**
 * What went to keep the store within its bound is told for half a minute: as long as a read or a write that
 * was under way may take. One that comes back later is no harm, and goes again in its turn.
 */
export const TRIMS_KEPT = 30_000;

/** How long a forget is remembered. */
const LENGTHS = ["lasting", "brief", "trimmed"] as const;

/** Forgets that are remembered equally long, in the order in which they were noted. */
type Forgets = Map<string, { readonly at: number; readonly noted: number }>;

/**
 * Opens a ledger. A forget that is told beside an erasure is remembered for `retention` milliseconds after it
 * was noted, by `now`.
 */
export function openLedger(retention: number, now: () => number): Ledger {
  // Each apart: a record that a user erased, and that was put and trimmed again since, is still erased for
  // thirty days.
  const forgotten = {
    lasting: new Map() as Forgets,
    brief: new Map() as Forgets,
    trimmed: new Map() as Forgets,
  };
  const kept = { lasting: ERASURES_KEPT, brief: retention, trimmed: TRIMS_KEPT };
  const own = new Map<string, Own>();
  let dying = 0;
  let dyingBefore = 0;
  let sweeps = 0;

  /** Until when everything was erased. */
  let allErased = -Infinity;
  /**
   * Whether what was erased in the own log is to go at once: everything was, so that even what was known for and
   * against it is to go, or it was told in words.
   */
  let isUrgent = false;
  function erasedAt(id: string): number {
    const { lasting, brief, trimmed } = forgotten;
    const byName = Math.max(
      lasting.get(id)?.at ?? -Infinity,
      brief.get(id)?.at ?? -Infinity,
      trimmed.get(id)?.at ?? -Infinity,
    );
    return Math.max(allErased, byName, own.get(id)?.forgotten ?? -Infinity);
  }

  /** The oldest stand first: each look ends at the first that is to be kept. */
  function prune(): void {
    for (const length of LENGTHS) {
      const limit = now() - kept[length];
      for (const [id, { noted }] of forgotten[length]) {
        if (noted >= limit) break;
        forgotten[length].delete(id);
      }
    }
  }

  return {
    note({ kind, id, at, witness }) {
      if (kind === "erase" && id === ALL && at > allErased) {
        allErased = at;
        isUrgent = own.size > 0;
      }
      if (kind !== "forget") return;
      const forgets = forgotten[lengthOf(witness)];
      if (at > (forgets.get(id)?.at ?? -Infinity)) {
        forgets.delete(id);
        forgets.set(id, { at, noted: now() });
      }
      const mine = own.get(id);
      if (mine && at > mine.forgotten) {
        mine.forgotten = at;
        dying += mine.events;
        isUrgent ||= mine.hasWords;
        mine.events = 0;
        mine.hasWords = false;
        mine.died = sweeps;
      }
      prune();
    },
    isForgotten: (id, at) => erasedAt(id) >= at,
    own({ kind, id, at, witness }) {
      if (kind === "erase" || kind === "use") return;
      const isTold = kind !== "put" && kind !== "forget" && isInWords(witness);
      // Erased while it was written.
      const isLate = kind !== "forget" && erasedAt(id) >= at;
      if (kind === "forget" || isLate) {
        dying++;
        isUrgent ||= isLate && isTold;
        return;
      }
      const mine = own.get(id) ?? {
        ...{ events: 0, hasWords: false, put: undefined },
        ...{ forgotten: -Infinity, died: 0 },
      };
      own.set(id, mine);
      mine.events++;
      mine.hasWords ||= isTold;
      if (kind === "put") mine.put = Math.max(mine.put ?? at, at);
    },
    hasPut: ({ id, at }) => own.get(id)?.put === at,
    lastPut: (id) => own.get(id)?.put,
    isVain({ kind, id, at }) {
      const erased = erasedAt(id);
      return kind === "put" && erased >= at && erased >= (own.get(id)?.put ?? -Infinity);
    },
    isDead({ kind, id, at, witness }) {
      if (kind === "erase") return at < now() - ERASURES_KEPT;
      if (kind === "forget") return at < now() - kept[lengthOf(witness)];
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
    remembered: () => LENGTHS.reduce((sum, length) => sum + forgotten[length].size, 0),
  };
}

/** Digests and the notes on questions are one word. */
function isInWords(witness = ""): boolean {
  return /[^\w-]/.test(witness);
}

function lengthOf(witness: string | undefined): (typeof LENGTHS)[number] {
  if (witness === TRIMMED) return "trimmed";
  return witness === BRIEFLY ? "brief" : "lasting";
}
