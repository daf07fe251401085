/** One request at a time: what is answered to it, and what is taken in of it. */
import { refusalOf } from "../answer/acceptable.js";
import { AskedLately, type Question } from "../answer/asked.js";
import type { AnswerContext } from "../answer/context.js";
import { type Explanation, explain, explainBefore, type KnownScope } from "../answer/explain.js";
import { type Answered, answer } from "../answer/index.js";
import { sizeOfMessages } from "../answer/limits.js";
import { Unfit } from "../answer/normalise.js";
import { givenBindings, type Reading, readRequest } from "../answer/read.js";
import { Recall } from "../answer/recall.js";
import { replayed } from "../answer/reply.js";
import { Scopes } from "../answer/scope.js";
import { RepriseError } from "../errors.js";
import { Observation } from "../learn/observation.js";
import type { Settings } from "../options.js";
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import { copyOf } from "../template/copy.js";
import type { Bindings } from "../template/derivation/expression.js";
import { createExchange, meaningOf } from "../tree/entry.js";
import type { Exchange, Knowledge, ScopeTree } from "../tree/knowledge.js";
import { type AuditFigures, Audits } from "../trust/audits.js";
import type { Answer, CacheRequest, RefusalReason, Reply, ReplyDetails } from "../types.js";
import type { Journal } from "./journal.js";
import type { Keeper } from "./keeper.js";
import { asJson, detailsOf, isForeign, normalisedReply } from "./reply.js";
import { Served } from "./served.js";
import { Verdicts } from "./verdicts.js";

// How many audits may be under way.
const REMEMBERED_AUDITS = 1_000;
// For how many exchanges one that is audited stands at the most.
const MOST_WEIGHT = 10;

const NOTHING_CAPTURED: Bindings = new Map();

/** What an answer is finished with: what the caller has bound, how an audit finds it, and its id. */
interface Finishing {
  readonly given: ReadonlyMap<string, string>;
  readonly key: string;
  readonly id: string;
}

/** What a responder works with. */
export interface ResponderParts {
  readonly keeper: Keeper;
  readonly journal: Journal;
  /** Whether the store holds more of a scope than memory. */
  readonly isUnread: (scope: string) => boolean;
}

/** What was decided of a request, before anything is made of it. */
export interface Decided {
  readonly answered: Answered;
  readonly question: Question;
  /** How an audit finds it. */
  readonly key: string;
}

/**
 * Reads requests against what is known. `answer` and `take` throw `Unfit` for a request that cannot be read.
 */
export class Responder {
  /** What was asked lately, for `explainBefore`. */
  readonly asked: AskedLately;
  /** How often each entry was served. */
  readonly served = new Served();
  private readonly scopes: Scopes;
  private readonly recall: Recall<Reading>;
  private readonly verdicts: Verdicts;
  private readonly keeper: Keeper;
  private readonly journal: Journal;
  private readonly isUnread: ResponderParts["isUnread"];
  /** Hits that are being audited, by their conversation. */
  private readonly audited = new BoundedMap<
    string,
    { readonly template: string; readonly meaning: string; readonly chance: number }
  >({
    maxEntries: REMEMBERED_AUDITS,
  });
  private readonly audits: Audits;
  private readonly knowledge: Knowledge;
  private readonly settings: Settings;

  constructor(
    readonly context: AnswerContext,
    { keeper, journal, isUnread }: ResponderParts,
  ) {
    this.isUnread = isUnread;
    this.keeper = keeper;
    this.journal = journal;
    this.settings = context.settings;
    this.knowledge = context.knowledge;
    this.audits = new Audits(context.settings);
    this.asked = new AskedLately(context.settings.maxSize);
    this.scopes = new Scopes(context.settings.namespace);
    this.recall = new Recall(context.settings.maxSize);
    this.verdicts = new Verdicts(context, keeper);
  }

  /** What is known to be the answer, and what was asked. Changes nothing. */
  decide(request: CacheRequest): Decided {
    const { reading, tree, scope } = this.read(request);
    const given = givenBindings(request.bindings);
    const { turns, keys, chain, calls } = reading;
    const question = { turns, keys, chain, calls, scope, given, size: sizeOfMessages(request.messages) };
    const answered = answer({ reading, tree, given }, this.context);
    return { answered, question, key: auditKey(scope, reading) };
  }

  /** The answer to what was decided, under an id of the caller's choice. */
  answer({ answered, question, key }: Decided, id: string = crypto.randomUUID()): Answer {
    return this.finish(answered, { given: question.given, key, id });
  }

  /** Whether a hit that was decided on is still known, and nothing has spoken against it since. */
  stands({ entry }: Answered & { readonly status: "hit" }): boolean {
    return (
      this.knowledge.get(entry.id) === entry &&
      (entry.kind === "exchange" || this.keeper.standing(entry) !== "retired")
    );
  }

  /** Lets feedback come for a reply that the model gave. */
  remember(id: string, { id: served }: Exchange): void {
    this.verdicts.await(id, { served, given: new Map(), captured: NOTHING_CAPTURED, reworded: undefined });
  }

  /** What there is to learn of a reply, or why nothing of it may be kept. */
  take(request: CacheRequest, reply: Reply, details: ReplyDetails): Observation | RefusalReason {
    const { reading, scope } = this.read(request);
    if (isForeign(reply)) return "invalid";
    const said = normalisedReply(reply);
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
    const weight = this.compare(auditKey(scope, reading), exchange);
    return new Observation(
      { ...exchange, at: this.journal.moment(exchange.id, now) },
      { given: givenBindings(request.bindings), weight, keys: reading.keys },
    );
  }

  /** What audits cost and found. */
  get auditFigures(): AuditFigures {
    return this.audits.figures();
  }

  /** Compares what the model said with what an audited hit said. Gives for how many exchanges it stands. */
  private compare(key: string, { meaning, model, details: { usage } }: Exchange): number {
    const audited = this.audited.get(key);
    if (!audited) return 1;
    this.audited.delete(key);
    const agreed = audited.meaning === meaning;
    this.audits.note(agreed);
    this.context.onAudited({ template: audited.template, agreed, model, usage });
    return Math.min(MOST_WEIGHT, 1 / audited.chance);
  }

  /** Takes a verdict on an answer; see `Cache.feedback`. Returns whether the answer was still known. */
  judge(id: string, verdict: "good" | "bad"): Promise<boolean> {
    return this.verdicts.judge(id, verdict);
  }

  /** Each step of the walk. Throws `RepriseError` `BAD_REQUEST`. */
  explain(request: CacheRequest): Explanation {
    try {
      const scope = this.scopes.keyOf(request);
      return explain(request, this.known(scope), this.context);
    } catch (error) {
      if (error instanceof Unfit)
        throw new RepriseError("BAD_REQUEST", `explain cannot read the request: ${error.reason}`);
      throw error;
    }
  }

  /**
   * What became of a call, by the id of its answer, and how it would go now. Throws `RepriseError`
   * `BAD_REQUEST`.
   */
  explainBefore(id: string): Explanation {
    const before = this.asked.get(id);
    if (!before)
      throw new RepriseError("BAD_REQUEST", "explain knows no answer with this id, or not any more");
    return explainBefore(before, before.question && this.known(before.question.scope), this.context);
  }

  private known(scope: string): KnownScope {
    return { tree: this.knowledge.scope(scope), isUnread: this.isUnread(scope) };
  }

  /**
   * Conversations are remembered outside the knowledge too: what was erased must not stay there, nor answers
   * in these scopes.
   */
  unremember(scopes?: ReadonlySet<string>): void {
    this.recall.clear();
    this.asked.clear();
    this.scopes.clear();
    this.verdicts.unremember(scopes);
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    const { asked, recall, scopes, served, verdicts } = this;
    return {
      answers: verdicts.holding,
      asked: asked.holding,
      conversations: recall.holding,
      scopeKeys: scopes.holding,
      served: served.holding,
    };
  }

  /** A request as it was read. Throws `Unfit`. */
  read(request: CacheRequest): { reading: Reading; tree: ScopeTree; scope: string } {
    const scope = this.scopes.keyOf(request);
    const tree = this.knowledge.scope(scope);
    const walk = this.settings.policy !== "exact";
    const reading = readRequest(request, { scope, tree, recall: this.recall, walk });
    return { reading, tree, scope };
  }

  /** Turns what was decided into what the caller gets. */
  private finish(answered: Answered, { given, key, id }: Finishing): Answer {
    if (answered.status === "miss") {
      if (answered.expired) this.keeper.letGo(answered.expired, "ttl");
      return { status: "miss", reason: answered.reason, depth: answered.depth };
    }
    const { entry, captured, match, bindings, reworded, verdict } = answered;
    const chance = this.drawAudit(answered);
    if (chance)
      this.audited.set(key, {
        template: entry.id,
        meaning: meaningOf(normalisedReply(answered.reply)),
        chance,
      });
    this.keeper.used(entry);
    this.served.note(entry.id, { id, at: this.settings.now() });
    this.verdicts.await(id, { served: entry.id, given, captured, reworded });
    const { finishReason, usage, notes } = entry.details;
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
      ...(notes && { notes: copyOf(notes) }),
      ...(verdict && { doubt: verdict.doubt }),
      ...(verdict?.approved && { approved: verdict.approved }),
      ...(chance && { audit: true as const }),
    };
  }

  /** The chance with which a hit was drawn for an audit; `undefined` if it was not. */
  private drawAudit({ entry, verdict }: Answered & { readonly status: "hit" }): number | undefined {
    if (!verdict) return this.audits.draw(undefined);
    const { kind, doubt } = verdict;
    const agreements =
      kind?.count ?? (entry.kind === "template" ? this.knowledge.evidence(entry).agreements.size : 0);
    return this.audits.draw({ doubt, agreements, isOutside: kind !== undefined && kind.reach !== "within" });
  }
}

function auditKey(scope: string, { chain }: Reading): string {
  return `${scope} ${chain.at(-1) ?? ""}`;
}
