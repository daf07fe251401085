/** Which scopes stand in the store alone: those that nobody has asked about, or not for long. */
import type { Settings } from "../options.js";
import type { RecordStore } from "../store/records.js";
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import type { Entry, Knowledge } from "../tree/knowledge.js";
import type { Keeper } from "./keeper.js";

/** A scope that was not used for so long leaves memory. */
const IDLE_AFTER = 3_600_000;
/** How often it is looked which those are. */
const LOOK_EVERY = 60_000;
/** Entries that are let go of before the event loop gets its turn. */
const PAGE = 100;
// Beyond it the hour of a scope begins anew.
const TRACKED = 10_000;
// For each entry that may be in memory: there are no more scopes than entries that were left in the store.
const ASLEEP = 2;

interface Parts {
  readonly store: RecordStore;
  readonly knowledge: Knowledge;
  readonly keeper: Keeper;
  readonly settings: Pick<Settings, "now" | "maxEntries">;
}

/** The scopes of a cache that has a store. */
export class IdleScopes {
  /** When each was last used, or first seen here. */
  private readonly used = new BoundedMap<string, number>({ maxEntries: TRACKED });
  private readonly asleep: BoundedMap<string, true>;
  private lookedAt: number;

  constructor(private readonly parts: Parts) {
    this.lookedAt = parts.settings.now();
    this.asleep = new BoundedMap({ maxEntries: ASLEEP * parts.settings.maxEntries });
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { scopesUsed: this.used.holding, scopesAsleep: this.asleep.holding };
  }

  /** Takes note that somebody asked about a scope. */
  note(scope: string): void {
    if (this.parts.knowledge.scopes.has(scope)) this.used.set(scope, this.parts.settings.now());
  }

  /** Takes note that what is known of a scope stands in the store alone, or much of it. */
  sleep(scope: string): void {
    this.asleep.set(scope, true);
  }

  isAsleep(scope: string): boolean {
    return this.asleep.has(scope);
  }

  /** The scopes that nobody has asked about. */
  sleeping(): string[] {
    return [...this.asleep.keys()];
  }

  /** Says that a scope is wanted. Returns whether it was asleep. */
  wake(scope: string): boolean {
    return this.asleep.delete(scope);
  }

  /** Lets go of what is idle, now and then: of what stands in the store and of nothing else. */
  async sweep(): Promise<void> {
    const { store, knowledge, keeper, settings } = this.parts;
    const now = settings.now();
    if (now - this.lookedAt < LOOK_EVERY) return;
    this.lookedAt = now;
    const isIdle = (scope: string): boolean => now - (this.used.peek(scope) ?? now) >= IDLE_AFTER;
    const idle = new Set<string>();
    for (const scope of knowledge.scopes.keys()) {
      if (this.used.peek(scope) === undefined) this.used.set(scope, now);
      else if (isIdle(scope)) idle.add(scope);
    }
    if (idle.size === 0) return;
    const entries: Entry[] = [];
    for (const entry of knowledge.all()) if (idle.has(entry.scope)) entries.push(entry);
    for (const scope of idle) this.sleep(scope);
    await store.flush();
    for (let start = 0; start < entries.length; start += PAGE) {
      const page = entries.slice(start, start + PAGE);
      const there = await store.bodies(page.map(({ id }) => id));
      if (!there) return;
      // Somebody may have asked meanwhile.
      keeper.letGo(
        page.filter(
          (entry) => there.has(entry.id) && knowledge.get(entry.id) === entry && isIdle(entry.scope),
        ),
        "idle",
      );
    }
  }
}
