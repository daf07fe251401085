/**
 * Keeps the knowledge in memory up to what the store holds: reads it, looks for what was let go of, puts
 * again what was lost.
 */
import type { Settings } from "../options.js";
import type { RecordStore } from "../store/records.js";
import type { Holding } from "../template/bounded-map.js";
import type { Exchange, Knowledge } from "../tree/knowledge.js";
import type { IdleScopes } from "./idle.js";
import { createBatch, type Hooks, Intake } from "./intake.js";
import type { Journal } from "./journal.js";
import type { LetGo, Stub } from "./let-go.js";
import { Mender } from "./mender.js";

// Where nothing is read again.
const MENDED_EVERY = 10_000;
/** Entries that are fetched and taken in together. */
const PAGE = 100;

export interface PersistenceOptions {
  readonly store: RecordStore | undefined;
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  /** What left memory and is still in the store. */
  readonly gone: LetGo;
  readonly idle?: IdleScopes | undefined;
  readonly settings: Pick<Settings, "now" | "random" | "ttl" | "maxStored">;
  readonly hooks: Hooks;
}

/** Applies what the store holds to the knowledge. With no store it does nothing. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private readonly intake: Intake;
  private readonly mender: Mender | undefined;

  constructor(private readonly options: PersistenceOptions) {
    const { store, hooks, ...parts } = options;
    this.intake = new Intake(options);
    this.mender = store && new Mender({ store, ...parts, onTrimmed: () => hooks.onForgotten([]) });
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { letGo: this.options.gone.holding, ...this.options.idle?.holdings };
  }

  /** How far the store is behind; `undefined` without one. */
  get lag(): { readonly waiting: number; readonly lag: number } | undefined {
    return this.options.store?.lag();
  }

  /** Reads what is new in the store. One read at a time. Never rejects: what cannot be taken in is told. */
  read(): Promise<void> {
    const { store, hooks } = this.options;
    if (!store) return Promise.resolve();
    this.reading ??= this.readAll(store)
      .catch((error: unknown) => hooks.onFault(error))
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }

  /** Reads what is new now: not what a read that had begun before found. */
  async readAgain(): Promise<void> {
    await this.reading;
    await this.read();
  }

  private async readAll(store: RecordStore): Promise<void> {
    const batch = createBatch();
    await store.read((page) => this.intake.apply(page, batch));
    this.intake.settle();
    await this.tidy();
    if (batch.fresh.length > 0) this.options.hooks.onExchanges(batch.fresh);
  }

  /** What is to be done now and then, beside reading. */
  private async tidy(): Promise<void> {
    await this.mender?.run();
    await this.options.idle?.sweep();
  }

  /**
   * Reads again every `interval` ms; the timer does not keep the process alive. With 0 nothing is read, and
   * the rest is done.
   */
  poll(interval: number): void {
    if (!this.options.store) return;
    const mend = (): void => void this.tidy().catch((error: unknown) => this.options.hooks.onFault(error));
    this.timer =
      interval > 0 ? setInterval(() => void this.read(), interval) : setInterval(mend, MENDED_EVERY);
    this.timer.unref?.();
  }

  /** Puts into the store whatever is known and not in it. */
  async putAgain(): Promise<void> {
    await this.mender?.putAgain();
  }

  /** Looks in the background for what was let go of and might have answered. */
  missed(scope: string, conversation: string): void {
    const { gone, idle } = this.options;
    const stubs = gone.wanted(scope, conversation);
    // What was asked for first, then all else.
    void this.fetch(idle?.wake(scope) ? [...new Set([...stubs, ...gone.of(scope)])] : stubs);
  }

  /** Takes in again all scopes that were let go of because nobody asked. */
  async wakeAll(): Promise<void> {
    const { gone, idle } = this.options;
    for (const scope of idle?.sleeping() ?? []) if (idle?.wake(scope)) await this.fetch(gone.of(scope));
  }

  private async fetch(stubs: readonly Stub[]): Promise<void> {
    const { gone } = this.options;
    for (const { id } of stubs) gone.drop(id);
    for (let start = 0; start < stubs.length; start += PAGE) {
      const page = stubs.slice(start, start + PAGE);
      const isAnswered = await this.find(new Map(page.map(({ id, at }) => [id, at])));
      // They are still there: the next miss asks again.
      if (!isAnswered) for (const stub of page) gone.keep(stub);
    }
  }

  /**
   * Takes in entries of the store by their ids, each with the time when it was learned. Returns whether the
   * store answered.
   */
  private async find(ids: ReadonlyMap<string, number>): Promise<boolean> {
    try {
      const bodies = await this.options.store?.bodies([...ids.keys()]);
      if (bodies) this.intake.find(bodies, ids);
      return bodies !== undefined;
    } catch (error) {
      this.options.hooks.onFault(error);
      return true;
    }
  }

  /** An exchange by its id; what is not known is looked for among what is new in the store. */
  async exchange(id: string): Promise<Exchange | undefined> {
    const { knowledge } = this.options;
    if (!knowledge.get(id)) await this.readAgain();
    const entry = knowledge.get(id);
    return entry?.kind === "exchange" ? entry : undefined;
  }

  /** Resolves when everything that was told is recorded or has failed. */
  async flush(): Promise<void> {
    await this.options.store?.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.options.store?.close();
  }
}
