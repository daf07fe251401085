/** The public object: wires answering, learning and the store together, and says what happens. */
import type { Explanation } from "./answer/explain.js";
import { isTooLarge } from "./answer/limits.js";
import { Unfit } from "./answer/normalise.js";
import { type ImportReport, linesIn, linesOf, type Refusal, readLine } from "./archive.js";
import { Eraser } from "./eraser.js";
import { RepriseError } from "./errors.js";
import { type CacheEvents, Events, nameOf, type RefusalReason } from "./events.js";
import { criteriaOf, type ForgetFilter, meets } from "./forget.js";
import { type Emit, Keeper } from "./keeper.js";
import { breath } from "./learn/schedule/jobs.js";
import { Learner } from "./learner.js";
import { type CacheOptions, resolveOptions, type Settings } from "./options.js";
import { Persistence } from "./persistence.js";
import { redacted } from "./redact.js";
import { Responder } from "./responder.js";
import { Counts, type Stats } from "./stats.js";
import { openRecordStore } from "./store/record-store.js";
import { FUNCTIONS, SPECIAL_FORMS } from "./template/derivation/functions/index.js";
import { type Exchange, Knowledge } from "./tree/knowledge.js";
import { printKnowledge } from "./tree/print.js";
import type { Standing } from "./trust/standing.js";
import type { Answer, CacheRequest, Reply, ReplyDetails } from "./types.js";

/** Lines that are taken in before the event loop gets a turn. */
const IMPORTED_AT_ONCE = 20;

export type { Explanation } from "./answer/explain.js";
export type { ImportReport, Refusal } from "./archive.js";
export type { ForgetFilter } from "./forget.js";
export type { Stats } from "./stats.js";

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
  private readonly eraser: Eraser;
  private loading: Promise<void> | undefined;
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
        onLost: () => this.persistence.lost(),
      });
    this.persistence = new Persistence(
      store,
      this.knowledge,
      {
        onDamaged: (count) => this.emit("fault", { where: "store", code: "damaged", operation: "read", count }),
        onFault: (error) => this.emit("fault", { where: "read", error: nameOf(error) }),
        onForgotten: (ids, entries) => {
          this.learner.drop(ids);
          void this.eraser.follow(entries);
        },
        onErasure: (erasure) => void this.eraser.run(erasure, "elsewhere"),
        onEvicted: (entries) => this.keeper.letGo(entries, "bounds"),
        onExchanges: (exchanges) => this.learner.recollect(exchanges),
      },
      settings,
    );
    const emit: Emit = (name, event) => this.emit(name, event);
    this.keeper = new Keeper(this.knowledge, this.persistence, settings, emit, (ids) => this.learner.drop(ids));
    const evaluation = { functions: new Map(Object.entries(settings.functions)) };
    const context = {
      settings,
      knowledge: this.knowledge,
      evaluation,
      never: new Set(settings.never),
      onGuardFault: (error: unknown) => this.emit("fault", { where: "guard", error: nameOf(error) }),
    };
    this.learner = new Learner(this.knowledge, this.keeper, settings, evaluation, emit);
    this.responder = new Responder(context, this.keeper, (id, now) => this.persistence.moment(id, now));
    this.eraser = new Eraser({
      knowledge: this.knowledge,
      keeper: this.keeper,
      persistence: this.persistence,
      relearn: (scopes) => this.relearn(scopes),
      unremember: () => this.responder.unremember(),
    });
    if (store) this.load();
  }

  /** Answers from what is known. */
  async lookup(request: CacheRequest): Promise<Answer> {
    try {
      if (this.closed) return this.stated({ status: "bypass", reason: "closed" });
      if (request.read === false) return this.stated({ status: "bypass", reason: "read-off" });
      if (this.loading) await this.loading;
      if (Array.isArray(request.messages) && isTooLarge(request.messages, this.settings)) {
        return this.stated({ status: "bypass", reason: "too-large" });
      }
      return this.stated(this.responder.answer(request));
    } catch (error) {
      if (error instanceof Unfit) return this.stated({ status: "bypass", reason: error.reason });
      this.emit("fault", { where: "lookup", error: nameOf(error) });
      return this.stated({ status: "bypass", reason: "fault" });
    }
  }

  /**
   * Takes in what the model answered. Resolves when it is recorded (or has been refused); induction goes on in the
   * background. Refused: other finish reasons than `stop` and `tool_calls`, empty replies, refusals, tool arguments
   * that are no JSON.
   */
  async observe(request: CacheRequest, reply: Reply, details: ReplyDetails = {}): Promise<void> {
    try {
      if (this.closed) return this.refused("closed");
      if (request.write === false) return this.refused("write-off");
      if (this.loading) await this.loading;
      if (Array.isArray(request.messages) && isTooLarge([...request.messages, reply], this.settings)) return this.refused("too-large");
      const { redact } = this.settings;
      const kept = redact ? redacted(request, reply, redact) : { request, reply, isReplyChanged: false };
      if (kept.isReplyChanged) return this.refused("redacted");
      const observation = this.responder.take(kept.request, kept.reply, details);
      if (typeof observation === "string") return this.refused(observation);
      const { exchange } = observation;
      const recorded = this.keeper.record(exchange);
      const learned = this.settings.policy !== "exact" && request.induce !== false ? this.learner.add(observation) : undefined;
      await recorded;
      // Values the caller has bound are not guessed at: their template is there when this resolves.
      if (observation.given.size > 0) await learned;
      this.emit("observed", { recorded: true });
    } catch (error) {
      if (error instanceof Unfit) return this.refused("invalid");
      this.emit("fault", { where: "observe", error: nameOf(error) });
    }
  }

  /** Resolves when all queued induction is done and recorded. */
  async settled(): Promise<void> {
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

  /** Each step of the walk for a request, and why it stopped. Changes nothing. Throws `BAD_REQUEST`. */
  explain(request: CacheRequest): Explanation {
    return this.responder.explain(request);
  }

  /** What the cache has done since it was created, and what it knows now. */
  stats(): Stats {
    const templates: Record<Standing, number> = { live: 0, candidate: 0, retired: 0 };
    let exchanges = 0;
    for (const entry of this.knowledge.all()) {
      if (entry.kind === "exchange") exchanges++;
      else templates[this.keeper.standing(entry)]++;
    }
    return { ...this.counts.snapshot(), exchanges, templates, queue: this.learner.queue };
  }

  /**
   * Erases what the filter means, here, in the store and in every process that uses it, whatever was learned of it included.
   * Resolves with how many entries went here, when the store has been told. Throws `BAD_FILTER`, `CLOSED`.
   */
  async forget(filter: ForgetFilter): Promise<number> {
    const criteria = criteriaOf(filter, this.settings.namespace, this.settings.now());
    if (this.closed) throw new RepriseError("CLOSED", "forget was called on a closed cache");
    if (this.loading) await this.loading;
    if (!criteria) {
      this.emit("forgotten", { count: 0 });
      return 0;
    }
    // What others have recorded up to now is meant too.
    await this.persistence.readAgain();
    // What is still being learned would come back.
    await this.learner.settled();
    const erasure = this.persistence.tell(criteria, this.settings.now());
    const carriedOut = this.eraser.run(erasure, "here");
    const abandoned = (await this.persistence.abandoned()).filter((entry) => !this.knowledge.get(entry.id) && meets(entry, criteria));
    const [count] = await Promise.all([carriedOut, this.keeper.erase(abandoned)]);
    await this.persistence.flush();
    this.emit("forgotten", { count });
    return count;
  }

  /**
   * What is known, as lines of JSON with their line breaks: a header, templates, exchanges, evidence. Equal knowledge gives
   * equal lines in the same order. Holds conversation text.
   */
  async *export(): AsyncIterable<string> {
    if (this.loading) await this.loading;
    await this.learner.settled();
    yield* linesOf(this.knowledge, this.settings.namespace);
  }

  /**
   * Takes in lines that `export` gave, in pieces of any size, and puts them into the store. A line that is not believed is
   * named in the report and costs no other. Throws `CLOSED`.
   */
  async import(source: Iterable<string> | AsyncIterable<string | Uint8Array>): Promise<ImportReport> {
    if (this.closed) throw new RepriseError("CLOSED", "import was called on a closed cache");
    if (this.loading) await this.loading;
    const refused: { readonly line: number; readonly reason: Refusal }[] = [];
    const exchanges: Exchange[] = [];
    let entries = 0;
    let number = 0;
    for await (const text of linesIn(source)) {
      number++;
      const found = readLine(text, number === 1, this.settings.namespace);
      const reason =
        typeof found === "string" ? found : found && "entry" in found && !this.keeper.admit(found.entry) ? "erased" : undefined;
      if (reason) refused.push({ line: number, reason });
      if (reason === "header") break;
      if (!found || reason || typeof found === "string") continue;
      if ("entry" in found) {
        entries++;
        if (found.entry.kind === "exchange") exchanges.push(found.entry);
      } else this.keeper.believe(found.evidence);
      if (number % IMPORTED_AT_ONCE === 0) await breath();
    }
    this.learner.recollect(exchanges);
    await this.persistence.putAgain();
    return { entries, refused };
  }

  /** The templates and exchanges of every scope as a drawing, one line a message. Holds conversation text. */
  printTree(): string {
    return printKnowledge(this.knowledge, (entry) => this.keeper.standing(entry));
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
    await this.learner.settled();
    await this.persistence.close();
  }

  /** Lookups wait for the first read of the store, but not for ever: a store that hangs costs one deadline. */
  private load(): void {
    const read = this.persistence.read().then(() => {
      this.persistence.poll(this.closed ? 0 : this.settings.pollInterval);
      // What arguments have held is gathered from what was loaded; without it induced templates are not trusted.
      return this.learner.settled();
    });
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, this.settings.loadDeadline);
    this.loading = Promise.race([read, deadline.promise]).finally(() => {
      clearTimeout(timer);
      this.loading = undefined;
    });
  }

  private stated(result: Answer): Answer {
    if (result.status === "hit") this.emit("hit", { match: result.match, template: result.template, saved: result.saved });
    else if (result.status === "miss") this.emit("miss", { reason: result.reason, depth: result.depth });
    else this.emit("bypass", { reason: result.reason });
    return result;
  }

  /** What arguments have held is known from exchanges that may be gone: it is gathered again from those that are left. */
  private relearn(scopes: ReadonlySet<string>): void {
    if (scopes.size === 0) return;
    this.learner.breakOff();
    this.responder.unremember();
    const left: Exchange[] = [];
    for (const scope of scopes) {
      const { args, wordings } = this.knowledge.scope(scope);
      args.clear();
      wordings.clear();
    }
    for (const entry of this.knowledge.all()) if (entry.kind === "exchange" && scopes.has(entry.scope)) left.push(entry);
    this.learner.recollect(left);
  }

  private refused(refusal: RefusalReason): void {
    this.emit("observed", { recorded: false, refusal });
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
