/** The public object: wires answering, learning and the store together, and says what happens. */
import type { Question } from "./answer/asked.js";
import type { Explanation } from "./answer/explain.js";
import { isTooLarge } from "./answer/limits.js";
import { Unfit } from "./answer/normalise.js";
import { type ExportOptions, type ImportReport, importLines, linesOf } from "./cache/archive.js";
import type { Outcome, Verification } from "./cache/checks/outcomes.js";
import type { DeadLetter } from "./cache/consultant.js";
import { criteriaOf, type ForgetFilter } from "./cache/forget.js";
import type { TemplateDetails, TemplateQuery, TemplateSummary } from "./cache/listing.js";
import { Loading } from "./cache/loading.js";
import { type ContentLog, contentLog, logEvents } from "./cache/log.js";
import { assemble, type Parts } from "./cache/parts.js";
import type { ReviewDetails } from "./cache/review.js";
import { Signals } from "./cache/signals.js";
import type { Stats } from "./cache/stats.js";
import { RepriseError } from "./errors.js";
import { type Asked, type CacheEvents, nameOf, type Report } from "./events.js";
import { Observation } from "./learn/observation.js";
import {
  type CacheOptions,
  checkPrintOptions,
  checkQuery,
  resolveOptions,
  type Settings,
} from "./options.js";
import { redacted } from "./redact.js";
import { type PrintOptions, printKnowledge } from "./tree/print.js";
import type { Answer, CacheRequest, LookupOptions, RefusalReason, Reply, ReplyDetails } from "./types.js";

export type { Explanation } from "./answer/explain.js";
export type { ExportOptions, ImportReport, Refusal } from "./cache/archive.js";
export type { AfterCheck, Check } from "./cache/checks/check.js";
export type { Outcome, Verification } from "./cache/checks/outcomes.js";
export type { DeadLetter, ModelFigures } from "./cache/consultant.js";
export type { ForgetFilter } from "./cache/forget.js";
export type {
  TemplateDetails,
  TemplateExample,
  TemplateQuery,
  TemplateSlot,
  TemplateSummary,
} from "./cache/listing.js";
export type { Money } from "./cache/money.js";
export type { ReviewDetails } from "./cache/review.js";
export type { Stats } from "./cache/stats.js";
export type { PrintOptions } from "./tree/print.js";

const READING = "(the store is still being read: what it holds may be missing here; await settled() first)";

/**
 * A behaviour cache. `lookup`, `observe` and `feedback` never reject because something inside failed: lookup
 * bypasses, observe keeps nothing, and a `fault` event tells.
 */
export class Cache {
  private readonly settings: Settings;
  private readonly knowledge: Parts["knowledge"];
  private readonly signals = new Signals();
  private readonly journal: Parts["journal"];
  private readonly persistence: Parts["persistence"];
  private readonly keeper: Parts["keeper"];
  private readonly learner: Parts["learner"];
  private readonly consultant: Parts["consultant"];
  private readonly responder: Parts["responder"];
  private readonly checking: Parts["checking"];
  private readonly tally: Parts["tally"];
  private readonly eraser: Parts["eraser"];
  private readonly idle: Parts["idle"];
  private readonly listing: Parts["listing"];
  private readonly reviewer: Parts["reviewer"];
  private readonly content: ContentLog | undefined;
  private readonly loading: Loading | undefined;
  private closed = false;

  constructor(options: CacheOptions = {}) {
    this.settings = resolveOptions(options);
    const parts = assemble(this.settings, this.signals);
    this.knowledge = parts.knowledge;
    this.persistence = parts.persistence;
    this.keeper = parts.keeper;
    this.learner = parts.learner;
    this.consultant = parts.consultant;
    this.responder = parts.responder;
    this.checking = parts.checking;
    this.tally = parts.tally;
    this.journal = parts.journal;
    this.eraser = parts.eraser;
    this.idle = parts.idle;
    this.listing = parts.listing;
    this.reviewer = parts.reviewer;
    if (this.settings.logger) logEvents(this.settings.logger, this.signals.events);
    this.content = contentLog(this.settings, this.signals.emit);
    this.loading = this.settings.store && new Loading(this.load(), this.settings.loadDeadline);
  }

  /** Answers from what is known. */
  async lookup(request: CacheRequest, options: LookupOptions = {}): Promise<Answer> {
    const began = performance.now();
    let asked: Asked = { model: undefined, scope: undefined, took: 0 };
    let question: Question | undefined;
    const told = (answer: Answer): Answer => {
      const id = options.id ?? (answer.status === "hit" ? answer.id : undefined);
      if (id !== undefined) this.responder.asked.note(id, question, answer);
      this.content?.asked(request, answer);
      if (answer.status === "hit") this.consultant?.hit(answer.template, answer.saved);
      return this.signals.answered(answer, { ...asked, took: performance.now() - began });
    };
    try {
      if (this.closed) return told({ status: "bypass", reason: "closed" });
      if (typeof request.model === "string") asked = { ...asked, model: request.model };
      if (request.read === false) return told({ status: "bypass", reason: "read-off" });
      if (this.loading?.awaited) await this.loading.awaited;
      if (Array.isArray(request.messages) && isTooLarge(request.messages, this.settings)) {
        return told({ status: "bypass", reason: "too-large" });
      }
      let decided = this.responder.decide(request);
      const waking = decided.answered.status === "miss" ? this.waking(decided.question.scope) : undefined;
      if (waking) {
        await waking;
        decided = this.responder.decide(request);
      }
      if (this.checking?.concerns(decided)) decided = await this.checking.settle(decided, options.context);
      const read = decided.question;
      const answer = this.responder.answer(decided, options.id);
      if (answer.status === "hit") this.checking?.answered(answer.id, decided);
      question = read;
      asked = { ...asked, scope: read.scope };
      this.idle?.note(read.scope);
      if (answer.status === "miss") this.persistence.missed(read.scope, read.chain.at(-1) ?? "");
      const refusal = answer.status === "hit" ? options.accept?.(answer) : undefined;
      if (refusal === "shadow") return told({ status: "bypass", reason: refusal });
      return told(refusal ? { status: "miss", reason: refusal, depth: request.messages.length } : answer);
    } catch (error) {
      if (error instanceof Unfit) return told({ status: "bypass", reason: error.reason });
      this.signals.emit("fault", { where: "lookup", error: nameOf(error) });
      return told({ status: "bypass", reason: "fault" });
    }
  }

  /**
   * Takes in what the model answered. Resolves when it is recorded (or has been refused); induction goes on
   * in the background. Refused: other finish reasons than `stop` and `tool_calls`, empty replies, refusals,
   * tool arguments that are no JSON, and what is no message. A reply to a request with `read: false` takes
   * the place of those that were recorded for the same conversation; otherwise two that differ make it
   * volatile.
   */
  async observe(request: CacheRequest, reply: Reply, details: ReplyDetails = {}): Promise<void> {
    try {
      this.content?.told(request, reply);
      if (this.closed) return this.refused("closed", details);
      if (request.write === false) return this.refused("write-off", details);
      // First of all: what is called may change the world.
      const glimpse = details.late ? undefined : this.checking?.checks.glimpse(request, reply, details);
      if (this.loading?.awaited) await this.loading.awaited;
      if (Array.isArray(request.messages) && isTooLarge([...request.messages, reply], this.settings)) {
        return this.refused("too-large", details);
      }
      const { redact } = this.settings;
      const kept = redact ? redacted(request, reply, redact) : { request, reply, isReplyChanged: false };
      if (kept.isReplyChanged) return this.refused("redacted", details);
      const observation = this.responder.take(kept.request, kept.reply, details);
      if (typeof observation === "string") return this.refused(observation, details);
      const { exchange } = observation;
      const waking = this.waking(exchange.scope);
      if (waking) await waking;
      this.idle?.note(exchange.scope);
      const recorded = this.keeper.record(exchange, request.read === false);
      if (glimpse) await this.checking?.observed(glimpse, { reply, exchange, answer: details.answer });
      const learned =
        this.settings.policy !== "exact" && request.induce !== false
          ? this.learner.add(observation)
          : undefined;
      await recorded;
      // Values the caller has bound are not guessed at: their template is there when this resolves.
      if (observation.given.size > 0 && learned) await this.learner.awaited(learned);
      const { answer } = details;
      if (typeof answer === "string") this.responder.remember(answer, exchange);
      this.signals.emit("observed", {
        recorded: true,
        exchange: exchange.id,
        ...(answer !== undefined && { answer }),
      });
    } catch (error) {
      if (error instanceof Unfit) return this.refused("invalid", details);
      this.signals.emit("fault", { where: "observe", error: nameOf(error) });
    }
  }

  /** Whether any check looks at the world. */
  get hasChecks(): boolean {
    return this.checking !== undefined;
  }

  /**
   * Has the checks look at the world before the tools of a reply are called; `observe`, told the same `answer`,
   * keeps what they see. The reply may be told piece by piece, as its calls come. Resolves when they have
   * looked; `undefined` where no check looks at anything. Never rejects.
   */
  capture(request: CacheRequest, reply: Reply, details: ReplyDetails): Promise<void> | undefined {
    if (!this.checking || this.closed || request.write === false) return undefined;
    return this.checking.checks.capture(request, reply, details);
  }

  /**
   * Compares what came back from a tool with what came back when the model called it (`after` in the tool's
   * check). Where it differs, the answer with this id counts as bad (see `feedback`), and the rest of its
   * conversation is asked of the model. Never rejects: a check that fails says `unknown`, with a `fault` event.
   */
  async verify(id: string, outcome: Outcome): Promise<Verification> {
    return this.closed || !this.checking ? "unchecked" : this.checking.outcomes.verify(id, outcome);
  }

  /**
   * Takes in what an adapter did with a call without `lookup` or `observe`, so that events and `stats` are
   * whole. Never throws. Only the class of a fault is kept, never its message.
   */
  report(report: Report): void {
    if ("bypass" in report) {
      const answer = { status: "bypass", reason: report.bypass } as const;
      if (report.answer !== undefined) this.responder.asked.note(report.answer, undefined, answer);
      this.signals.answered(answer, { model: report.model, scope: undefined, took: 0 });
    } else if ("refusal" in report) this.refused(report.refusal, report);
    else if ("compared" in report) this.signals.emit("compared", { agreed: report.compared === "agreed" });
    else this.signals.emit("fault", { where: "adapter", error: nameOf(report.fault) });
  }

  /**
   * Learns from an exchange that was recorded, by another process on the store perhaps, with `induction: {
   * elsewhere: true }`: the event `observed` tells its id. Resolves when what was learned is recorded, with
   * whether the exchange was found. To do it twice changes nothing.
   */
  async learn(exchange: string): Promise<boolean> {
    if (this.closed) return false;
    if (this.loading?.awaited) await this.loading.awaited;
    const found = await this.persistence.exchange(exchange);
    if (!found) return false;
    if (this.settings.policy !== "exact")
      await this.learner.awaited(this.learner.add(new Observation(found, { isHandedOver: true })));
    await this.persistence.flush();
    return true;
  }

  /**
   * Resolves when the store is read (or `loadDeadline` has passed) and all queued induction is done and
   * recorded, what a model is asked now included; not what waits for its budget, or for it to recover.
   */
  async settled(): Promise<void> {
    await this.loading?.awaited;
    await this.learner.settled();
    await this.consultant?.settled();
    await this.learner.settled();
    await this.persistence.flush();
  }

  /**
   * Says whether an answer was right. `bad` ends what served it at once: a template is retired, an exact
   * entry erased, and templates that would have said the same are retired with it. Returns whether the answer
   * was still known.
   */
  async feedback(id: string, verdict: "good" | "bad"): Promise<boolean> {
    return !this.closed && this.responder.judge(id, verdict);
  }

  /**
   * Why a request is answered as it is: in a sentence, and each step of the walk. Takes a request, or the id
   * of an answer that was given lately (by this process; what was erased meanwhile is not known any more):
   * then it says what became of that call, and how it would go now. Changes nothing. Throws `BAD_REQUEST`.
   */
  explain(asked: CacheRequest | string): Explanation {
    return typeof asked === "string" ? this.responder.explainBefore(asked) : this.responder.explain(asked);
  }

  /** What the cache has done since it was created, and what it knows now. */
  stats(): Stats {
    const { knowledge, responder, learner, persistence, journal } = this;
    const memory = {
      ...{ ...knowledge.holdings, ...responder.holdings },
      ...{ ...learner.holdings, ...this.consultant?.holdings },
      ...{ ...persistence.holdings, ...journal.holdings, ...this.checking?.outcomes.holdings },
    };
    return {
      ...this.signals.counts.snapshot(this.settings.prices),
      ...this.tally.count(),
      queue: learner.queue,
      ...(this.consultant && { model: this.consultant.figures }),
      audits: responder.auditFigures,
      ...(persistence.lag && { store: persistence.lag }),
      memory,
    };
  }

  /** What a model was asked in vain: each with why it was given up. Empty where no model is asked. */
  deadLetters(): DeadLetter[] {
    return this.consultant?.dead() ?? [];
  }

  /** Asks again what was given up, all of it or by id. Returns how many questions that are. */
  retryDeadLetters(ids?: readonly string[]): number {
    return this.closed ? 0 : (this.consultant?.retry(ids) ?? 0);
  }

  /**
   * The templates in short: those served most by this process first, then those learned last. Holds conversation
   * text. Throws `BAD_OPTION`.
   */
  templates(query: TemplateQuery = {}): TemplateSummary[] {
    return this.listing.list(checkQuery(query));
  }

  /**
   * Everything that is known of one template, with examples and what contradicted it; `undefined` if there is none.
   * Takes the first characters of an id too, six at least, where no other begins so. Holds conversation text.
   */
  template(id: string): TemplateDetails | undefined {
    return this.listing.details(id);
  }

  /**
   * Serves a template from now on, whatever its record: until something new contradicts it. Who says so and why is
   * kept beside the evidence, here, in the store, and in what `export` gives. Resolves when the store has been told,
   * with whether there is such a template. What acts on running text in a tool's result, or changes something, and does
   * not depend on what the user asked is not served even then.
   * Throws `BAD_REVIEW`, `CLOSED`.
   */
  approve(id: string, details: ReviewDetails): Promise<boolean> {
    return this.review(id, "approve", details);
  }

  /**
   * Serves a template no more, nor any that reads and says the same by other names or takes other values; until
   * somebody approves it.
   * For the rest as `approve`.
   */
  retire(id: string, details: ReviewDetails): Promise<boolean> {
    return this.review(id, "retire", details);
  }

  private async review(id: string, verdict: "approve" | "retire", details: ReviewDetails): Promise<boolean> {
    if (this.closed) throw new RepriseError("CLOSED", `${verdict} was called on a closed cache`);
    if (this.loading?.awaited) await this.loading.awaited;
    if (!this.listing.find(id)) await this.persistence.wakeAll();
    const isKnown = this.reviewer.note(this.listing.find(id)?.id ?? id, verdict, details);
    await this.persistence.flush();
    return isKnown;
  }

  /**
   * Erases what the filter means, here, in the store and in every process that uses it, whatever was learned
   * of it included. Resolves with how many entries went here, when the store has been told. Throws
   * `BAD_FILTER`, `CLOSED`.
   */
  async forget(filter: ForgetFilter): Promise<number> {
    const criteria = criteriaOf(filter, this.settings.namespace, this.settings.now());
    if (this.closed) throw new RepriseError("CLOSED", "forget was called on a closed cache");
    if (this.loading?.awaited) await this.loading.awaited;
    if (!criteria) {
      this.signals.emit("forgotten", { count: 0 });
      return 0;
    }
    // What others have recorded up to now is meant too.
    await this.persistence.readAgain();
    const erasure = this.journal.tell(criteria, this.settings.now());
    const count = await this.eraser.run(erasure, "here");
    await this.persistence.flush();
    this.signals.emit("forgotten", { count });
    return count;
  }

  /**
   * What is known, as lines of JSON with their line breaks: a header, templates, exchanges, evidence. Equal
   * knowledge gives equal lines in the same order. Holds conversation text. With `templates` those alone, with what
   * speaks for and against them.
   */
  async *export(options: ExportOptions = {}): AsyncIterable<string> {
    if (this.loading?.awaited) await this.loading.awaited;
    await this.persistence.wakeAll();
    await this.learner.settled();
    yield* linesOf(this.knowledge, this.settings.namespace, options);
  }

  /**
   * Takes in lines that `export` gave, in pieces of any size, and puts them into the store. A line that is
   * not believed is named in the report and costs no other. Throws `CLOSED`.
   */
  async import(source: Iterable<string> | AsyncIterable<string | Uint8Array>): Promise<ImportReport> {
    if (this.closed) throw new RepriseError("CLOSED", "import was called on a closed cache");
    if (this.loading?.awaited) await this.loading.awaited;
    const { exchanges, ...report } = await importLines(source, this.settings.namespace, this.keeper);
    void this.learner.recollect(exchanges);
    await this.persistence.putAgain();
    return report;
  }

  /**
   * The templates and exchanges of every scope in memory as a drawing, one line a message. Holds conversation
   * text. Says so where the store is still being read (`settled` waits for it), and how many scopes stand in
   * the store alone. Throws `BAD_OPTION` for options that
   * are wrong.
   */
  printTree(options: PrintOptions = {}): string {
    const drawing = printKnowledge(
      this.knowledge,
      (entry) => this.keeper.standing(entry),
      checkPrintOptions(options),
    );
    const asleep = this.idle?.sleeping().length ?? 0;
    const notes = [
      ...(this.loading?.isReading ? [READING] : []),
      ...(asleep > 0 ? [`(scopes in the store that nobody has asked about, not drawn: ${asleep})`] : []),
    ];
    return [...notes, ...(drawing === "" ? [] : [drawing])].join("\n\n");
  }

  /** Calls `listener` at each such event. A listener that throws is survived. */
  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): this {
    this.signals.events.on(name, listener);
    return this;
  }

  off<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): this {
    this.signals.events.off(name, listener);
    return this;
  }

  /** Finishes queued induction, records it, and stops. The Keyv it was given stays open. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.learner.settled();
    // What a model is asked is broken off, and asked again by the next process on the store.
    await this.consultant?.close();
    await this.learner.close();
    await this.persistence.close();
  }

  private async load(): Promise<void> {
    await this.persistence.read();
    if (!this.closed) this.persistence.poll(this.settings.pollInterval);
    // What arguments have held is gathered from what was loaded; without it induced templates are not
    // trusted.
    await this.learner.settled();
  }

  /**
   * Takes in a scope that is not in memory. What it gives is waited for as the first read is; `undefined` where
   * there is nothing to wait for, any more.
   */
  private waking(scope: string): Promise<void> | undefined {
    return this.persistence.wake(scope)?.loading.awaited;
  }

  private refused(
    refusal: RefusalReason,
    { answer, onRefused }: Pick<ReplyDetails, "answer" | "onRefused">,
  ): void {
    if (answer !== undefined) this.responder.asked.refuse(answer, refusal);
    this.signals.emit("observed", { recorded: false, refusal, ...(answer !== undefined && { answer }) });
    onRefused?.(refusal);
  }
}

/** Creates a cache. Throws `RepriseError` `BAD_OPTION` for an option that is unknown or not valid. */
export function createCache(options?: CacheOptions): Cache {
  return new Cache(options);
}
