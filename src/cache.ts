/** The public object: wires reading, answering, learning and the store together. */
import { randomUUID } from "node:crypto";
import { refusalOf } from "./answer/acceptable.js";
import { type Explanation, explain } from "./answer/explain.js";
import { conversationOf, hydrate } from "./answer/hydrate.js";
import { type AnswerContext, type Answered, answer } from "./answer/index.js";
import { isTooLarge } from "./answer/limits.js";
import { CallNumbers, digestOf, normaliseMessage, Unfit } from "./answer/normalise.js";
import { givenBindings, type Reading, readRequest, statesOf, visible } from "./answer/read.js";
import { Recall } from "./answer/recall.js";
import { replayed } from "./answer/reply.js";
import { Scopes } from "./answer/scope.js";
import { propose } from "./answer/select.js";
import type { Standing } from "./answer/trust.js";
import { RepriseError } from "./errors.js";
import { type CacheEvents, Events, nameOf, type RefusalReason } from "./events.js";
import { type ForgetFilter, forgetTest } from "./forget.js";
import { Generations } from "./generations.js";
import { type Emit, Keeper } from "./keeper.js";
import { bindingsWitness } from "./learn/evidence.js";
import type { Observation } from "./learn/index.js";
import { Learner } from "./learner.js";
import { type CacheOptions, resolveOptions, type Settings } from "./options.js";
import { Persistence } from "./persistence.js";
import { Counts, type Stats } from "./stats.js";
import { openRecordStore } from "./store/record-store.js";
import type { Bindings } from "./template/derivation/expression.js";
import { FUNCTIONS, SPECIAL_FORMS } from "./template/derivation/functions/index.js";
import { createExchange, meaningOf } from "./tree/entry.js";
import { type Entry, type Exchange, Knowledge } from "./tree/knowledge.js";
import { printKnowledge } from "./tree/print.js";
import type { Answer, CacheRequest, Reply, ReplyDetails } from "./types.js";

export type { Explanation } from "./answer/explain.js";
export type { ForgetFilter } from "./forget.js";
export type { Stats } from "./stats.js";

// How many answers feedback can still be given on.
const REMEMBERED_ANSWERS = 10_000;

/** An answer that feedback may come for. */
interface Given {
  readonly entry: Entry;
  readonly captured: Bindings;
  readonly bindings: Readonly<Record<string, string>>;
}

/**
 * A behaviour cache. `lookup`, `observe` and `feedback` never reject because something inside failed: lookup bypasses,
 * observe keeps nothing, and a `fault` event tells.
 */
export class Cache {
  private readonly settings: Settings;
  private readonly knowledge: Knowledge;
  private readonly scopes: Scopes;
  private readonly recall = new Recall<Reading>();
  private readonly events = new Events((error, during) => this.thrown(error, during));
  private readonly counts = new Counts();
  private readonly answers = new Generations<string, Given>(REMEMBERED_ANSWERS);
  private readonly persistence: Persistence;
  private readonly keeper: Keeper;
  private readonly learner: Learner;
  private readonly context: AnswerContext;
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
    this.scopes = new Scopes(settings.namespace);
    this.context = {
      settings,
      knowledge: this.knowledge,
      evaluation: { functions: new Map(Object.entries(settings.functions)) },
      never: new Set(settings.never),
      onGuardFault: (error) => this.emit("fault", { where: "guard", error: nameOf(error) }),
    };
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
      onForgotten: () => this.unremember(),
      onEvicted: (entries) => this.keeper.evict(entries, "bounds"),
      onExchanges: (exchanges) => this.learner.recollect(exchanges),
    });
    const emit: Emit = (name, event) => this.emit(name, event);
    this.keeper = new Keeper(this.knowledge, this.persistence, settings, emit, (ids) => this.learner.drop(ids));
    this.learner = new Learner(this.knowledge, this.keeper, settings, this.context.evaluation, emit);
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
      const scope = this.scopes.keyOf(request);
      const tree = this.knowledge.scope(scope);
      const reading = readRequest(request, scope, tree, this.readOptions());
      return this.stated(this.finish(answer(reading, tree, givenBindings(request.bindings), this.context)));
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
      const observation = this.take(request, reply, details);
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
    const given = this.answers.get(id);
    if (this.closed || !given || !this.knowledge.get(given.entry.id)) return false;
    const { entry, captured } = given;
    if (verdict === "good") {
      if (entry.kind === "template") this.keeper.agree(entry, bindingsWitness(captured));
      return true;
    }
    const witness = `feedback-${id}`;
    if (entry.kind === "template") {
      this.keeper.contradict(entry, witness, "feedback");
      const turns = conversationOf(entry.template.turns, captured);
      const said = hydrate(entry.template.reply, new Map([...Object.entries(given.bindings), ...captured]), this.context.evaluation);
      if (turns && said) this.retireSayers({ scope: entry.scope, turns, meaning: meaningOf(said) }, witness);
    } else {
      this.retireSayers(entry, witness);
      await this.keeper.erase([entry]);
    }
    return true;
  }

  /** Each step of the walk for a request, and why it stopped. Changes nothing. Throws `BAD_REQUEST`. */
  explain(request: CacheRequest): Explanation {
    try {
      const scope = this.scopes.keyOf(request);
      return explain(request, this.knowledge.scope(scope), this.context);
    } catch (error) {
      if (error instanceof Unfit) throw new RepriseError("BAD_REQUEST", `explain cannot read the request: ${error.reason}`);
      throw error;
    }
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

  /** Erases what the filter means, here and in the store. Returns how many entries went. Throws `BAD_FILTER`, `CLOSED`. */
  async forget(filter: ForgetFilter): Promise<number> {
    const test = forgetTest(filter, this.settings.namespace, this.settings.now());
    if (this.closed) throw new RepriseError("CLOSED", "forget was called on a closed cache");
    if (this.loading) await this.loading;
    // What is still being learned would come back.
    await this.learner.settled();
    const entries = [...this.knowledge.all()].filter(test);
    const erased = this.keeper.erase(entries);
    this.unremember();
    this.relearn(new Set(entries.map((entry) => entry.scope)));
    await erased;
    this.emit("forgotten", { count: entries.length });
    return entries.length;
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

  private readOptions() {
    return { recall: this.recall, walk: this.settings.policy !== "exact" };
  }

  /** Turns what was decided into what the caller gets. */
  private finish(answered: Answered): Answer {
    if (answered.status === "miss") {
      if (answered.expired) this.keeper.evict(answered.expired, "ttl");
      return { status: "miss", reason: answered.reason, depth: answered.depth };
    }
    const { entry, captured, match, bindings } = answered;
    const id = randomUUID();
    this.knowledge.touch(entry);
    this.answers.set(id, { entry, captured, bindings });
    const { finishReason, usage } = entry.details;
    return {
      status: "hit",
      match,
      // A recorded reply stays as it was; one that was hydrated belongs to this answer alone.
      reply: match === "exact" ? replayed(answered.reply, this.settings.generateId) : answered.reply,
      bindings,
      template: entry.id,
      id,
      age: Math.max(0, this.settings.now() - entry.at),
      ...(finishReason !== undefined && { finishReason }),
      ...(usage && { saved: usage }),
      ...(this.settings.auditRate > 0 && this.settings.random() < this.settings.auditRate && { audit: true }),
    };
  }

  private stated(result: Answer): Answer {
    if (result.status === "hit") this.emit("hit", { match: result.match, template: result.template, saved: result.saved });
    else if (result.status === "miss") this.emit("miss", { reason: result.reason, depth: result.depth });
    else this.emit("bypass", { reason: result.reason });
    return result;
  }

  private take(request: CacheRequest, reply: Reply, details: ReplyDetails): Observation | RefusalReason {
    const scope = this.scopes.keyOf(request);
    const reading = readRequest(request, scope, this.knowledge.scope(scope), this.readOptions());
    const said = visible(normaliseMessage({ ...reply, role: "assistant" }, new CallNumbers()));
    const refusal = refusalOf(said, details);
    if (refusal) return refusal;
    const kept = asJson({ ...reply, role: "assistant" });
    if (!kept) return "invalid";
    const now = this.settings.now();
    const exchange = createExchange({
      scope,
      at: now,
      model: typeof request.model === "string" ? request.model : undefined,
      details: detailsOf(details),
      conversation: reading.chain.at(-1) ?? "",
      turns: reading.turns,
      reply: kept,
      said,
    });
    return { exchange: { ...exchange, at: this.persistence.moment(exchange.id, now) }, given: givenBindings(request.bindings) };
  }

  /** A reply that was wrong once is wrong as a template's word too. */
  private retireSayers(exchange: Pick<Exchange, "scope" | "turns" | "meaning">, witness: string): void {
    const { knowledge, settings } = this;
    const proposals = propose(
      statesOf(exchange.turns, knowledge.scope(exchange.scope), new Map()),
      new Map(),
      knowledge,
      settings,
      this.context.evaluation,
    );
    for (const { learnt, reply } of proposals) {
      if (typeof reply === "object" && meaningOf(visible(reply)) === exchange.meaning) this.keeper.contradict(learnt, witness, "feedback");
    }
  }

  /** What arguments have held is known from exchanges that may be gone: it is gathered again from those that are left. */
  private relearn(scopes: ReadonlySet<string>): void {
    const left: Exchange[] = [];
    for (const scope of scopes) this.knowledge.scope(scope).args.clear();
    for (const entry of this.knowledge.all()) if (entry.kind === "exchange" && scopes.has(entry.scope)) left.push(entry);
    this.learner.recollect(left);
  }

  /** Conversations are remembered outside the knowledge too: what was erased must not stay there. */
  private unremember(): void {
    this.recall.clear();
    this.answers.keep(({ entry }) => this.knowledge.get(entry.id) !== undefined);
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

/** What is kept of the details: nothing a caller adds to them may grow the store. */
function detailsOf({ finishReason, usage }: ReplyDetails): ReplyDetails {
  const isUsage = Number.isFinite(usage?.inputTokens) && Number.isFinite(usage?.outputTokens);
  return {
    ...(finishReason !== undefined && { finishReason }),
    ...(usage && isUsage && { usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } }),
  };
}

/** A reply as a store gives it back; `undefined` if something in it (bytes, say) would come back as something else. */
function asJson(reply: Reply): Reply | undefined {
  const digest = digestOf(reply);
  try {
    const copy = JSON.parse(JSON.stringify(reply)) as Reply;
    return digestOf(copy) === digest ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** Creates a cache. Throws `RepriseError` `BAD_OPTION` for an option that is unknown or not valid. */
export function createCache(options?: CacheOptions): Cache {
  return new Cache(options);
}
