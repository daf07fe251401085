/** Decides when a store is opened, when it is given up, and when it is opened again. */
import type { KeyvLike, StoreSource } from "./keyv-like.js";

/** The way to a Keyv that may have to be opened again. */
export interface Connection {
  /** The Keyv to use now. Rejects at once while it is not yet time to try again. */
  keyv(): Promise<KeyvLike>;
  /** Says how the last operation went. */
  told(outcome: "succeeded" | "failed"): void;
  /** Lets the next call try, whenever the last one failed. */
  hurry(): void;
  /** Disconnects what was opened here; a Keyv that was handed in stays open. */
  close(): Promise<void>;
}

/** A Keyv that fails this often in a row is opened anew. */
const TOLERATED = 3;
const FIRST_PAUSE = 100;
const LAST_PAUSE = 5_000;

/**
 * Opens nothing yet. `openDeadline` is how long one opening may take; `clock` is monotonic; both in
 * milliseconds.
 */
export function openConnection(source: StoreSource, openDeadline: number, clock: () => number): Connection {
  if (typeof source !== "function") {
    const nothing = (): void => undefined;
    return {
      keyv: () => Promise.resolve(source),
      told: nothing,
      hurry: nothing,
      close: () => Promise.resolve(),
    };
  }
  return reopening(source, openDeadline, clock);
}

function reopening(
  open: () => KeyvLike | Promise<KeyvLike>,
  openDeadline: number,
  clock: () => number,
): Connection {
  let current: KeyvLike | undefined;
  let opening: { readonly keyv: Promise<KeyvLike>; readonly since: number } | undefined;
  let failures = 0;
  let pause = FIRST_PAUSE;
  let notBefore = Number.NEGATIVE_INFINITY;
  let closed = false;

  function failed(): void {
    failures++;
    // A pause that many have failed in is one pause.
    if (clock() < notBefore) return;
    notBefore = clock() + pause;
    pause = Math.min(pause * 2, LAST_PAUSE);
  }

  function begin(): Promise<KeyvLike> {
    const attempt = { keyv: Promise.resolve().then(open), since: clock() };
    opening = attempt;
    return attempt.keyv.then(
      (keyv) => {
        // It came too late: another attempt has begun, or nobody wants it any more.
        if (opening !== attempt || closed) {
          void disconnect(keyv);
          throw new Error("opened too late");
        }
        opening = undefined;
        current = keyv;
        failures = 0;
        return keyv;
      },
      (error: unknown) => {
        if (opening === attempt) {
          opening = undefined;
          failed();
        }
        throw error;
      },
    );
  }

  return {
    async keyv() {
      if (closed) throw new Error("the store is closed");
      if (opening && clock() - opening.since < openDeadline) return await opening.keyv;
      if (opening) {
        opening = undefined;
        failed();
      }
      if (current && (failures < TOLERATED || clock() < notBefore)) return current;
      if (clock() < notBefore) throw new Error("the store is not open");
      if (current) void disconnect(current);
      current = undefined;
      return await begin();
    },
    told(outcome) {
      if (outcome === "failed") failed();
      else {
        failures = 0;
        pause = FIRST_PAUSE;
      }
    },
    hurry() {
      notBefore = Number.NEGATIVE_INFINITY;
    },
    async close() {
      closed = true;
      const open = current;
      current = undefined;
      if (open) await disconnect(open);
    },
  };
}

async function disconnect(keyv: KeyvLike): Promise<void> {
  try {
    await keyv.disconnect?.();
  } catch {
    // It is given up either way.
  }
}
