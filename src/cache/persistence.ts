/**
 * Keeps the knowledge in memory up to what the store holds: reads it, looks for what was let go of, puts
 * again what was lost.
 */
import type { Settings } from "../options.js";
import type { RecordStore, StoreEvent } from "../store/records.js";
import type { Holding } from "../template/bounded-map.js";
import { breath } from "../template/breath.js";
import type { Exchange, Knowledge } from "../tree/knowledge.js";
import type { IdleScopes } from "./idle.js";
import { createBatch, type Hooks, Intake } from "./intake.js";
import type { Journal } from "./journal.js";
import type { LetGo, Stub } from "./let-go.js";
import { Loading } from "./loading.js";
import { Mender } from "./mender.js";

// Where nothing is read again.
const MENDED_EVERY = 10_000;
/** Entries that are fetched and taken in together. */
const PAGE = 100;
/** Stubs that are gone through before the event loop gets its turn. */
const LISTED_AT_ONCE = 10_000;

export interface PersistenceOptions {
  readonly store: RecordStore | undefined;
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  /** What left memory and is still in the store. */
  readonly gone: LetGo;
  readonly idle?: IdleScopes | undefined;
  readonly settings: Pick<
    Settings,
    "now" | "random" | "ttl" | "loadDeadline" | "maxEntries" | "maxStored" | "preload"
  >;
  readonly hooks: Hooks;
}

/** A scope that is being taken in: until it can be served, and what callers wait for. */
interface Waking {
  readonly done: Promise<void>;
  readonly loading: Loading;
}

/** Applies what the store holds to the knowledge. With no store it does nothing. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  /** Whether what is read now is what came since. */
  private hasRead = false;
  private readonly intake: Intake;
  /** Scopes that are being taken in. */
  private readonly waking = new Map<string, Waking>();
  private readonly mender: Mender | undefined;

  constructor(private readonly options: PersistenceOptions) {
    const { store, hooks, ...parts } = options;
    this.intake = new Intake({
      ...options,
      isWanted: (scope) => this.isWanted(scope),
      onLeft: (scope) => options.idle?.sleep(scope),
    });
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
    let count = 0;
    await store.read(
      (page) => {
        count += page.length;
        this.intake.apply(page, batch);
      },
      (put, among) => put.scope === undefined || this.isWanted(put.scope, among) || this.isLate(put),
    );
    // A store that does not answer gives nothing.
    this.hasRead ||= count > 0;
    this.intake.settle();
    await this.tidy();
    if (batch.fresh.length > 0) void this.options.hooks.onExchanges(batch.fresh);
  }

  /**
   * Whether what belongs to a scope is to be in memory: somebody has asked about it, or there is so little in
   * the store that all of it is.
   */
  private isWanted(scope: string, more = 0): boolean {
    const { knowledge, idle, journal, settings } = this.options;
    if (knowledge.scopes.has(scope) || this.waking.has(scope)) return true;
    return !idle?.isAsleep(scope) && journal.puts + more <= settings.preload;
  }

  /**
   * Whether a put may have been written by somebody who had not heard of an erasure, and may be what that means:
   * then it is looked at, whoever wants it.
   */
  private isLate({ id, at }: StoreEvent): boolean {
    const { journal, gone } = this.options;
    return this.hasRead && at <= journal.erasures.latest && !gone.get(id);
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
    void this.fetch(this.options.gone.wanted(scope, conversation));
  }

  /**
   * Takes in a scope that nobody has asked about, as a whole, up to what memory holds. `undefined` for one that
   * is in memory.
   */
  wake(scope: string): Waking | undefined {
    const { idle, settings } = this.options;
    const waking = this.waking.get(scope);
    if (waking || !idle?.wake(scope)) return waking;
    const done = this.listed(scope)
      .then((stubs) => this.fetch(stubs))
      .then((isComplete) => void (isComplete || idle.sleep(scope)))
      .finally(() => this.waking.delete(scope));
    const begun = { done, loading: new Loading(done, settings.loadDeadline) };
    this.waking.set(scope, begun);
    return begun;
  }

  /** Whether the store holds more of a scope than has been taken in. */
  isUnread(scope: string): boolean {
    return this.waking.has(scope) || this.options.idle?.isAsleep(scope) === true;
  }

  /** What is left in the store of a scope, oldest first, up to what memory holds. */
  private async listed(scope: string): Promise<Stub[]> {
    const { gone, settings } = this.options;
    const stubs: Stub[] = [];
    for (const stub of gone.of(scope)) if (stubs.push(stub) % LISTED_AT_ONCE === 0) await breath();
    // A log gives them in this order, and then this takes next to no time.
    stubs.sort((left, right) => left.at - right.at);
    return stubs.slice(-settings.maxEntries);
  }

  /** The same of several, for who waits however long it takes. */
  async wakeAll(scopes: Iterable<string> = this.options.idle?.sleeping() ?? []): Promise<void> {
    for (const scope of [...scopes]) await this.wake(scope)?.done;
  }

  /** Takes in what was left in the store. Returns whether the store answered; the rest is still known. */
  private async fetch(stubs: readonly Stub[]): Promise<boolean> {
    const { gone, hooks } = this.options;
    if (stubs.length === 0) return true;
    const batch = createBatch();
    let isComplete = true;
    // The store fetches the next page while this one is taken in.
    let ahead = this.bodiesOf(stubs.slice(0, PAGE));
    for (let start = 0; start < stubs.length && isComplete; start += PAGE) {
      const bodies = await ahead;
      isComplete = bodies !== undefined;
      // What is not found now is still known to be there: the next miss asks again.
      if (!bodies) break;
      const page = stubs.slice(start, start + PAGE);
      ahead = this.bodiesOf(stubs.slice(start + PAGE, start + 2 * PAGE));
      // Reading a page and taking it in are two pieces of work, with others in between.
      await breath();
      for (const { id } of page) gone.drop(id);
      this.intake.find(bodies, page, batch);
    }
    if (batch.fresh.length > 0) await hooks.onExchanges(batch.fresh);
    return isComplete;
  }

  /** The bodies of entries by their ids; `undefined` if the store did not answer. */
  private async bodiesOf(stubs: readonly Stub[]): Promise<ReadonlyMap<string, unknown> | undefined> {
    return stubs.length > 0 ? await this.options.store?.bodies(stubs.map(({ id }) => id)) : new Map();
  }

  /**
   * An exchange by its id, when all of its scope is known; what is not known is looked for among what is new
   * in the store.
   */
  async exchange(id: string): Promise<Exchange | undefined> {
    const { knowledge, gone } = this.options;
    if (!knowledge.get(id) && !gone.get(id)) await this.readAgain();
    const scope = gone.get(id)?.scope;
    if (scope !== undefined) await this.wake(scope)?.done;
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
