/** The stages that are in force: they may be changed while requests are under way, each of which keeps its own. */
import type { Access, Hooks, Limits, RequestLog } from "./stages.js";
import type { Upstream } from "./upstream.js";

/** All stages of one configuration. */
export interface Stages {
  readonly access: Access;
  /** `undefined`: nothing is limited. */
  readonly limits: Limits | undefined;
  /** `undefined`: there are none. */
  readonly hooks: Hooks | undefined;
  /** `undefined`: requests are not logged. */
  readonly log: RequestLog | undefined;
  readonly upstream: Upstream;
}

/** Stages that one request holds on to. */
export interface Lease {
  readonly stages: Stages;
  /** The request has come to its end. */
  release(): void;
}

/** The stages in force. */
export interface Live {
  /** For one request; those in force now. */
  lease(): Lease;
  /**
   * Puts others in force, for requests that come from now on. What of the former ones is not taken over is
   * closed when the last request that holds them has ended.
   */
  swap(next: Stages): void;
  /** Closes all of them, whoever still holds them. */
  close(): Promise<void>;
}

interface Held {
  readonly stages: Stages;
  count: number;
}

/** Stages that can be changed. */
export function createLive(first: Stages): Live {
  let current: Held = { stages: first, count: 0 };
  const former = new Set<Held>();
  const closed = new Set<object>();

  function partsOf(held: Iterable<Held>): Set<Closable> {
    return new Set(
      [...held].flatMap(({ stages }) => Object.values(stages) as (Closable | undefined)[]).filter(isThere),
    );
  }

  async function closeAll(parts: Iterable<Closable>): Promise<void> {
    const left = [...parts].filter((part) => !closed.has(part));
    for (const part of left) closed.add(part);
    await Promise.allSettled(left.map((part) => part.close?.()));
  }

  function letGo(held: Held): void {
    if (held.count > 0 || !former.delete(held)) return;
    const inUse = partsOf([current, ...former]);
    void closeAll([...partsOf([held])].filter((part) => !inUse.has(part)));
  }

  return {
    lease() {
      const held = current;
      held.count++;
      let isHeld = true;
      return {
        stages: held.stages,
        release() {
          if (!isHeld) return;
          isHeld = false;
          held.count--;
          letGo(held);
        },
      };
    },
    swap(next) {
      const before = current;
      current = { stages: next, count: 0 };
      former.add(before);
      letGo(before);
    },
    close: () => closeAll(partsOf([current, ...former])),
  };
}

interface Closable {
  close?(): Promise<void>;
}

const isThere = (part: Closable | undefined): part is Closable => part !== undefined;
