/** The public object: wires answering, learning and the store together, and says what happens. */
import type { Question } from "./answer/asked.js";
import type { Explanation } from "./answer/explain.js";
import { isTooLarge } from "./answer/limits.js";
import { Unfit } from "./answer/normalise.js";
import { RepriseError } from "./errors.js";
import { type Asked, type CacheEvents, Events, nameOf, type Report } from "./events.js";
import { type ForgetFilter, forgetTest } from "./forget.js";
import { type Emit, Keeper } from "./keeper.js";
import { eachInSlices } from "./learn/schedule/jobs.js";
import { Learner } from "./learner.js";
import { type CacheOptions, checkPrintOptions, resolveOptions, type Settings } from "./options.js";
import { Persistence } from "./persistence.js";
import { Responder } from "./responder.js";
import { Counts, type Stats } from "./stats.js";
import { openRecordStore } from "./store/record-store.js";
import { Tally } from "./tally.js";
import { FUNCTIONS, SPECIAL_FORMS } from "./template/derivation/functions/index.js";
import { type Entry, type Exchange, Knowledge } from "./tree/knowledge.js";
import { type PrintOptions, printKnowledge } from "./tree/print.js";
import type { Answer, CacheRequest, LookupOptions, RefusalReason, Reply, ReplyDetails } from "./types.js";

export type { Explanation } from "./answer/explain.js";
export type { ForgetFilter } from "./forget.js";
export type { Stats } from "./stats.js";
export type { PrintOptions } from "./tree/print.js";

// How many entries are erased before the event loop gets its turn.
const ERASED_AT_ONCE = 200;
const READING = "(the store is still being read: what it holds may be missing here; await settled() first)";

/**
 * A behaviour cache. `lookup`, `observe` and `feedback` never reject because something inside failed: lookup bypasses,
 * observe keeps nothing, and a `fault` event tells.
 */
export class Cache {
  private readonly settings: Settings;
  private readonly knowledge: Knowledge;
  private readonly events = new Events((error, during) => this.thrown(error, during));
  private readonly counts = new Counts();
  private readonly persistence: Persistence;
  private readonly keeper: Keeper;
  private readonly learner: Learner;
  private readonly responder: Responder;
  private readonly tally: Tally;
  private loading: Promise<void> | undefined;
  /** Until the store has been read for the first time, however long that takes. */
  private isReading = false;
  private closed = false;

  constructor(options: CacheOptions = {}) {
    this.settings = resolveOptions(options);
    const { settings } = this;
    for (const name of Object.keys(settings.functions)) {
      if (FUNCTIONS.has(name) || SPECIAL_FORMS.has(name)) {
        throw new RepriseError("BAD_OPTION", `createCache: option "functions.${name}" has the name of a built-in function`);
      }
    }
    this.knowledge = new Knowledge(settings);
    const store =
      settings.store &&
      openRecordStore({
        keyv: settings.store,
        namespace: settings.namespace,
        deadline: settings.storeDeadline,
        now: settings.now,
        onFault: (fault) => this.emit("fault", { where: "store", ...fault }),
      });
    this.persistence = new Persistence(store, this.knowledge, {
      onDamaged: (count) => this.emit("fault", { where: "store", code: "damaged", operation: "read", count }),
      onFault: (error) => this.emit("fault", { where: "read", error: nameOf(error) }),
      onForgotten: () => this.responder.unremember(),
      onEvicted: (entries) => this.keeper.evict(entries, "bounds"),
      onExchanges: (exchanges) => this.learner.recollect(exchanges),
    });
    const emit: Emit = (name, event) => this.emit(name, event);
    this.keeper = new Keeper(this.knowledge, this.persistence, settings, emit, (ids) => this.learner.drop(ids));
    this.tally = new Tally(this.knowledge, (learnt) => this.keeper.standing(learnt));
    const evaluation = { functions: new Map(Object.entries(settings.functions)) };
    const context = {
      settings,
      knowledge: this.knowledge,
      evaluation,
      never: new Set(settings.never),
      onAudited: (event: CacheEvents["audited"]) => this.emit("audited", event),
      onGuardFault: (error: unknown) => this.emit("fault", { where: "guard", error: nameOf(error) }),
    };
    this.learner = new Learner({ ...{ knowledge: this.knowledge, keeper: this.keeper }, settings, evaluation, emit });
    this.responder = new Responder(context, this.keeper, (id, now) => this.persistence.moment(id, now));
    if (store) this.load();
  }

  /** Answers from what is known. */
  async lookup(request: CacheRequest, options: LookupOptions = {}): Promise<Answer> {
    const began = performance.now();
    let asked: Asked = { model: undefined, scope: undefined, took: 0 };
    let question: Question | undefined;
    const stated = (answer: Answer): Answer => {
      const id = options.id ?? (answer.status === "hit" ? answer.id : undefined);
      if (id !== undefined) this.responder.asked.note(id, question, answer);
      return this.stated(answer, { ...asked, took: performance.now() - began });
    };
    try {
      if (this.closed) return stated({ status: "bypass", reason: "closed" });
      if (typeof request.model === "string") asked = { ...asked, model: request.model };
      if (request.read === false) return stated({ status: "bypass", reason: "read-off" });
      if (this.loading) await this.loading;
      if (Array.isArray(request.messages) && isTooLarge(request.messages, this.settings)) {
        return stated({ status: "bypass", reason: "too-large" });
      }
      const { answer, question: read } = this.responder.answer(request, options.id);
      question = read;
      asked = { ...asked, scope: read.scope };
      const refusal = answer.status === "hit" ? options.accept?.(answer) : undefined;
      if (refusal === "shadow") return stated({ status: "bypass", reason: refusal });
      return stated(refusal ? { status: "miss", reason: refusal, depth: request.messages.length } : answer);
    } catch (error) {
      if (error instanceof Unfit) return stated({ status: "bypass", reason: error.reason });
      this.emit("fault", { where: "lookup", error: nameOf(error) });
      return stated({ status: "bypass", reason: "fault" });
    }
  }

  /**
   * Takes in what the model answered. Resolves when it is recorded (or has been refused); induction goes on in the
   * background. Refused: other finish reasons than `stop` and `tool_calls`, empty replies, refusals, tool arguments
   * that are no JSON, and what is no message. A reply to a request with `read: false` takes the place of those that were
   * recorded for the same conversation; otherwise two that differ make it volatile.
   */
  async observe(request: CacheRequest, reply: Reply, details: ReplyDetails = {}): Promise<void> {
    try {
      if (this.closed) return this.refused("closed", details);
      if (request.write === false) return this.refused("write-off", details);
      if (this.loading) await this.loading;
      if (Array.isArray(request.messages) && isTooLarge([...request.messages, reply], this.settings)) {
        return this.refused("too-large", details);
      }
      const observation = this.responder.take(request, reply, details);
      if (typeof observation === "string") return this.refused(observation, details);
      const { exchange } = observation;
      const recorded = this.keeper.record(exchange, request.read === false);
      const learned = this.settings.policy !== "exact" && request.induce !== false ? this.learner.add(observation) : undefined;
      await recorded;
      // Values the caller has bound are not guessed at: their template is there when this resolves.
      if (observation.given.size > 0 && learned) await this.learner.awaited(learned);
      const { answer } = details;
      if (typeof answer === "string") this.responder.remember(answer, exchange);
      this.emit("observed", { recorded: true, ...(answer !== undefined && { answer }) });
    } catch (error) {
      if (error instanceof Unfit) return this.refused("invalid", details);
      this.emit("fault", { where: "observe", error: nameOf(error) });
    }
  }

  /**
   * Takes in what an adapter did with a call without `lookup` or `observe`, so that events and `stats` are whole. Never
   * throws. Only the class of a fault is kept, never its message.
   */
  report(report: Report): void {
    if ("bypass" in report) {
      const answer = { status: "bypass", reason: report.bypass } as const;
      if (report.answer !== undefined) this.responder.asked.note(report.answer, undefined, answer);
      this.stated(answer, { model: report.model, scope: undefined, took: 0 });
    } else if ("refusal" in report) this.refused(report.refusal, report);
    else if ("compared" in report) this.emit("compared", { agreed: report.compared === "agreed" });
    else this.emit("fault", { where: "adapter", error: nameOf(report.fault) });
  }

  /** Resolves when the store is read (or `loadDeadline` has passed) and all queued induction is done and recorded. */
  async settled(): Promise<void> {
    await this.loading;
    await this.learner.settled();
    await this.persistence.flush();
  }

  /**
   * Says whether an answer was right. `bad` ends what served it at once: a template is retired, an exact entry erased,
   * and templates that would have said the same are retired with it. Returns whether the answer was still known.
   */
  async feedback(id: string, verdict: "good" | "bad"): Promise<boolean> {
    return !this.closed && this.responder.judge(id, verdict);
  }

  /**
   * Why a request is answered as it is: in a sentence, and each step of the walk. Takes a request, or the id of an answer that
   * was given lately (by this process; what was erased meanwhile is not known any more): then it says what became of that call,
   * and how it would go now. Changes nothing. Throws `BAD_REQUEST`.
   */
  explain(asked: CacheRequest | string): Explanation {
    return typeof asked === "string" ? this.responder.explainBefore(asked) : this.responder.explain(asked);
  }

  /** What the cache has done since it was created, and what it knows now. */
  stats(): Stats {
    const { knowledge, responder, learner, persistence } = this;
    const memory = { ...knowledge.holdings, ...responder.holdings, ...learner.holdings, ...persistence.holdings };
    return { ...this.counts.snapshot(), ...this.tally.count(), queue: learner.queue, audits: responder.auditFigures, memory };
  }

  /** Erases what the filter means, here and in the store. Returns how many entries went. Throws `BAD_FILTER`, `CLOSED`. */
  async forget(filter: ForgetFilter): Promise<number> {
    const test = forgetTest(filter, this.settings.namespace, this.settings.now());
    if (this.closed) throw new RepriseError("CLOSED", "forget was called on a closed cache");
    if (this.loading) await this.loading;
    // What is still being learned would come back.
    await this.learner.settled();
    const { count, erased } = await this.learner.between(() => this.eraseAll(test));
    await erased;
    this.emit("forgotten", { count });
    return count;
  }

  /** Erases what a test holds for, while nothing is learned. `erased` resolves when the store has it. */
  private async eraseAll(test: (entry: Entry) => boolean): Promise<{ readonly count: number; readonly erased: Promise<unknown> }> {
    const parts: Entry[][] = [];
    await eachInSlices(this.knowledge.each(), (entry) => {
      if (!test(entry)) return;
      if ((parts.at(-1)?.length ?? ERASED_AT_ONCE) >= ERASED_AT_ONCE) parts.push([]);
      parts.at(-1)?.push(entry);
    });
    const scopes = new Set<string>();
    const erasing: Promise<void>[] = [];
    await eachInSlices(parts, (entries) => {
      erasing.push(this.keeper.erase(entries));
      for (const { scope } of entries) scopes.add(scope);
    });
    this.responder.unremember();
    await this.relearn(scopes);
    return { count: parts.reduce((sum, { length }) => sum + length, 0), erased: Promise.all(erasing) };
  }

  /**
   * The templates and exchanges of every scope as a drawing, one line a message. Holds conversation text. Says so where the
   * store is still being read; `settled` waits for it. Throws `BAD_OPTION` for options that are wrong.
   */
  printTree(options: PrintOptions = {}): string {
    const drawing = printKnowledge(this.knowledge, (entry) => this.keeper.standing(entry), checkPrintOptions(options));
    return this.isReading ? [READING, ...(drawing === "" ? [] : [drawing])].join("\n\n") : drawing;
  }

  /** Calls `listener` at each such event. A listener that throws is survived. */
  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): this {
    this.events.on(name, listener);
    return this;
  }

  off<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): this {
    this.events.off(name, listener);
    return this;
  }

  /** Finishes queued induction, records it, and stops. The Keyv it was given stays open. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.learner.close();
    await this.persistence.close();
  }

  /** Lookups wait for the first read of the store, but not for ever: a store that hangs costs one deadline. */
  private load(): void {
    const read = this.persistence.read().then(() => {
      this.persistence.poll(this.closed ? 0 : this.settings.pollInterval);
      // What arguments have held is gathered from what was loaded; without it induced templates are not trusted.
      return this.learner.settled();
    });
    this.isReading = true;
    void read.finally(() => {
      this.isReading = false;
    });
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, this.settings.loadDeadline);
    this.loading = Promise.race([read, deadline.promise]).finally(() => {
      clearTimeout(timer);
      this.loading = undefined;
    });
  }

  private stated(result: Answer, asked: Asked): Answer {
    if (result.status === "hit") this.emit("hit", { ...asked, match: result.match, template: result.template, saved: result.saved });
    else if (result.status === "miss") this.emit("miss", { ...asked, reason: result.reason, depth: result.depth });
    else this.emit("bypass", { ...asked, reason: result.reason });
    return result;
  }

  /** What arguments have held is known from exchanges that may be gone: it is gathered again from those that are left. */
  private async relearn(scopes: ReadonlySet<string>): Promise<void> {
    const left: Exchange[] = [];
    for (const scope of scopes) this.knowledge.unlearn(scope);
    await eachInSlices(this.knowledge.each(), (entry) => {
      if (entry.kind === "exchange" && scopes.has(entry.scope)) left.push(entry);
    });
    this.learner.recollect(left);
  }

  private refused(refusal: RefusalReason, { answer, onRefused }: Pick<ReplyDetails, "answer" | "onRefused">): void {
    if (answer !== undefined) this.responder.asked.refuse(answer, refusal);
    this.emit("observed", { recorded: false, refusal, ...(answer !== undefined && { answer }) });
    onRefused?.(refusal);
  }

  private thrown(error: unknown, during: keyof CacheEvents): void {
    const fault = { where: "listener", error: nameOf(error) } as const;
    // A listener of faults that throws is not told of itself, only counted.
    if (during === "fault") this.counts.note("fault", fault);
    else this.emit("fault", fault);
  }

  private emit<Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]): void {
    this.counts.note(name, event);
    this.events.emit(name, event);
  }
}

/** Creates a cache. Throws `RepriseError` `BAD_OPTION` for an option that is unknown or not valid. */
export function createCache(options?: CacheOptions): Cache {
  return new Cache(options);
}
