/** One request at a time: what is answered to it, what is taken in of it, and what a verdict on an answer changes. */
import { refusalOf } from "./answer/acceptable.js";
import { AskedLately, type Question } from "./answer/asked.js";
import type { AnswerContext } from "./answer/context.js";
import { continuationsOf } from "./answer/continuation.js";
import { type Explanation, explain, explainBefore } from "./answer/explain.js";
import type { Reworded } from "./answer/fallback.js";
import { conversationOf, hydrate } from "./answer/hydrate.js";
import { type Answered, answer } from "./answer/index.js";
import { sizeOfMessages } from "./answer/limits.js";
import { CallNumbers, digestOf, normaliseMessage, Unfit } from "./answer/normalise.js";
import { givenBindings, type Reading, readRequest, statesOf, visible } from "./answer/read.js";
import { Recall } from "./answer/recall.js";
import { replayed } from "./answer/reply.js";
import { Scopes } from "./answer/scope.js";
import { propose, withGiven } from "./answer/select.js";
import { RepriseError } from "./errors.js";
import type { Keeper } from "./keeper.js";
import { Observation } from "./learn/observation.js";
import { bindingsWitness } from "./learn/trial/witness.js";
import type { Settings } from "./options.js";
import { BoundedMap, ENTRY_SIZE, type Holding } from "./template/bounded-map.js";
import { copyOf } from "./template/copy.js";
import type { Bindings } from "./template/derivation/expression.js";
import { sizeOfJson } from "./template/json.js";
import type { Turn } from "./template/turn.js";
import { createExchange, meaningOf } from "./tree/entry.js";
import type { Exchange, Knowledge } from "./tree/knowledge.js";
import { type AuditFigures, Audits } from "./trust/audits.js";
import type { Answer, CacheRequest, RefusalReason, Reply, ReplyDetails } from "./types.js";

// How many answers feedback can still be given on, and what share of `maxSize` they may take.
const REMEMBERED_ANSWERS = 10_000;
// How many audits may be under way.
const REMEMBERED_AUDITS = 1_000;
// For how many exchanges one that is audited stands at the most.
const MOST_WEIGHT = 10;
const ANSWERS_SHARE = 1 / 16;

const NOTHING_CAPTURED: Bindings = new Map();

/** An answer that feedback may come for. */
interface Given {
  /** The id of what served: an entry that went meanwhile must not be kept by its answers. */
  readonly served: string;
  /** What the caller had bound. */
  readonly given: ReadonlyMap<string, string>;
  readonly captured: Bindings;
  readonly reworded: Reworded | undefined;
}

/** What an answer is finished with: what the caller has bound, how an audit finds it, and its id. */
interface Finishing {
  readonly given: ReadonlyMap<string, string>;
  readonly key: string;
  readonly id: string;
}

/** Reads requests against what is known. `answer` and `take` throw `Unfit` for a request that cannot be read. */
export class Responder {
  /** What was asked lately, for `explainBefore`. */
  readonly asked: AskedLately;
  private readonly scopes: Scopes;
  private readonly recall: Recall<Reading>;
  private readonly answers: BoundedMap<string, Given>;
  /** Hits that are being audited, by their conversation. */
  private readonly audited = new BoundedMap<string, { readonly template: string; readonly meaning: string; readonly chance: number }>({
    maxEntries: REMEMBERED_AUDITS,
  });
  private readonly audits: Audits;
  private readonly knowledge: Knowledge;
  private readonly settings: Settings;

  constructor(
    private readonly context: AnswerContext,
    private readonly keeper: Keeper,
    /** When something that happens to an id now is said to have happened. */
    private readonly moment: (id: string, now: number) => number,
  ) {
    this.settings = context.settings;
    this.knowledge = context.knowledge;
    this.audits = new Audits(context.settings);
    this.asked = new AskedLately(context.settings.maxSize);
    this.scopes = new Scopes(context.settings.namespace);
    this.recall = new Recall(context.settings.maxSize);
    const bounds = { maxEntries: REMEMBERED_ANSWERS, maxSize: context.settings.maxSize * ANSWERS_SHARE };
    this.answers = new BoundedMap(bounds, { sizeOf: sizeOfGiven });
  }

  /** What is known to be the answer, under an id of the caller's choice, and what was asked. */
  answer(request: CacheRequest, id: string = crypto.randomUUID()): { readonly answer: Answer; readonly question: Question } {
    const { reading, tree, scope } = this.read(request);
    const given = givenBindings(request.bindings);
    const { turns, keys, chain, calls } = reading;
    const question = { turns, keys, chain, calls, scope, given, size: sizeOfMessages(request.messages) };
    const finished = this.finish(answer(reading, tree, given, this.context), { given, key: auditKey(scope, reading), id });
    if (finished.status === "miss") this.keeper.missed(scope, reading.chain.at(-1) ?? "");
    return { answer: finished, question };
  }

  /** Lets feedback come for a reply that the model gave. */
  remember(id: string, { id: served }: Exchange): void {
    this.answers.set(id, { served, given: new Map(), captured: NOTHING_CAPTURED, reworded: undefined });
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
    const weight = this.compare(auditKey(scope, reading), exchange.meaning);
    return new Observation(
      { ...exchange, at: this.moment(exchange.id, now) },
      { given: givenBindings(request.bindings), weight, keys: reading.keys },
    );
  }

  /** What audits cost and found. */
  get auditFigures(): AuditFigures {
    return this.audits.figures();
  }

  /** Compares what the model said with what an audited hit said. Gives for how many exchanges it stands. */
  private compare(key: string, meaning: string): number {
    const audited = this.audited.get(key);
    if (!audited) return 1;
    this.audited.delete(key);
    const agreed = audited.meaning === meaning;
    this.audits.note(agreed);
    this.context.onAudited({ template: audited.template, agreed });
    return Math.min(MOST_WEIGHT, 1 / audited.chance);
  }

  /** Takes a verdict on an answer; see `Cache.feedback`. Returns whether the answer was still known. */
  async judge(id: string, verdict: "good" | "bad"): Promise<boolean> {
    const answered = this.answers.get(id);
    const entry = answered && this.knowledge.get(answered.served);
    if (!answered || !entry) return false;
    const { captured, reworded, given } = answered;
    if (verdict === "good") {
      // It was asked in other words: that speaks for the words, which are known by then, and not for the template.
      if (entry.kind === "template" && !reworded) this.keeper.agree(entry, bindingsWitness(captured));
      return true;
    }
    const witness = `feedback-${id}`;
    if (reworded) {
      const { kind, rewording } = reworded;
      this.knowledge.part(entry.scope, rewording.from, rewording.to);
      for (const of of [kind.id, kind.nearId]) this.keeper.note(false, of, witness);
    }
    if (entry.kind === "template") {
      this.keeper.contradict(entry, witness, "feedback");
      const turns = conversationOf(entry.template.turns, captured);
      const known = withGiven(captured, given, this.knowledge.traits(entry));
      const said = hydrate(entry.template.reply, known, this.context.evaluation);
      if (turns && said) this.retireSayers({ scope: entry.scope, turns, meaning: meaningOf(said) }, given, witness);
    } else {
      this.retireSayers(entry, given, witness);
      await this.keeper.erase([entry]);
    }
    return true;
  }

  /** Each step of the walk. Throws `RepriseError` `BAD_REQUEST`. */
  explain(request: CacheRequest): Explanation {
    try {
      const scope = this.scopes.keyOf(request);
      return explain(request, this.knowledge.scope(scope), this.context);
    } catch (error) {
      if (error instanceof Unfit) throw new RepriseError("BAD_REQUEST", `explain cannot read the request: ${error.reason}`);
      throw error;
    }
  }

  /** What became of a call, by the id of its answer, and how it would go now. Throws `RepriseError` `BAD_REQUEST`. */
  explainBefore(id: string): Explanation {
    const before = this.asked.get(id);
    if (!before) throw new RepriseError("BAD_REQUEST", "explain knows no answer with this id, or not any more");
    return explainBefore(before, before.question && this.knowledge.scope(before.question.scope), this.context);
  }

  /** Conversations are remembered outside the knowledge too: what was erased must not stay there, nor answers in these scopes. */
  unremember(scopes?: ReadonlySet<string>): void {
    this.recall.clear();
    this.asked.clear();
    this.scopes.clear();
    this.answers.keep(({ served }) => {
      const entry = this.knowledge.get(served);
      return entry !== undefined && !scopes?.has(entry.scope);
    });
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { answers: this.answers.holding, asked: this.asked.holding, conversations: this.recall.holding, scopeKeys: this.scopes.holding };
  }

  private read(request: CacheRequest) {
    const scope = this.scopes.keyOf(request);
    const tree = this.knowledge.scope(scope);
    const reading = readRequest(request, scope, tree, { recall: this.recall, walk: this.settings.policy !== "exact" });
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
    if (chance) this.audited.set(key, { template: entry.id, meaning: meaningOf(normalisedReply(answered.reply)), chance });
    this.keeper.used(entry);
    this.answers.set(id, { served: entry.id, given, captured, reworded });
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
      ...(chance && { audit: true as const }),
    };
  }

  /** The chance with which a hit was drawn for an audit; `undefined` if it was not. */
  private drawAudit({ entry, verdict }: Answered & { readonly status: "hit" }): number | undefined {
    if (!verdict) return this.audits.draw(undefined);
    const { kind, doubt } = verdict;
    const agreements = kind?.count ?? (entry.kind === "template" ? this.knowledge.evidence(entry).agreements.size : 0);
    return this.audits.draw({ doubt, agreements, isOutside: kind !== undefined && kind.reach !== "within" });
  }

  /** A reply that was wrong once is wrong as a template's word too. */
  private retireSayers(exchange: Pick<Exchange, "scope" | "turns" | "meaning">, given: ReadonlyMap<string, string>, witness: string): void {
    const { knowledge, settings } = this;
    const tree = knowledge.scope(exchange.scope);
    const proposals = propose(
      [...statesOf(exchange.turns, tree), ...continuationsOf(exchange.turns, tree)],
      given,
      knowledge,
      settings,
      this.context.evaluation,
    );
    for (const { learnt, reply } of proposals) {
      if (typeof reply === "object" && meaningOf(visible(reply)) === exchange.meaning) this.keeper.contradict(learnt, witness, "feedback");
    }
  }
}

function auditKey(scope: string, { chain }: Reading): string {
  return `${scope} ${chain.at(-1) ?? ""}`;
}

/** A reply as it is compared: without reasoning. */
function normalisedReply(reply: Reply): Turn {
  return visible(normaliseMessage({ ...reply, role: "assistant" }, new CallNumbers()));
}

/** What it takes to remember an answer, roughly in characters. */
function sizeOfGiven({ captured }: Given): number {
  let size = 8 * ENTRY_SIZE;
  // The bindings are the same values as text.
  for (const [name, value] of captured) size += ENTRY_SIZE + name.length + 2 * sizeOfJson(value);
  return size;
}

/** Whether a reply is no message of the assistant but something else: a bare text, a whole completion, a user's message. */
function isForeign(reply: unknown): boolean {
  if (reply === null || reply === undefined) return false; // nothing was said
  if (typeof reply !== "object" || Array.isArray(reply)) return true;
  const { role, ...rest } = reply as { role?: unknown };
  if (role !== undefined && role !== "assistant") return true;
  return Object.keys(rest).length > 0 && !SAYINGS.some((field) => field in rest);
}

// One of these is what a message says something in.
const SAYINGS = ["content", "tool_calls", "refusal", "function_call", "reasoning_content", "reasoning"];

const MAX_NOTES = 4096;

/** What is kept of the details: nothing a caller adds to them may grow the store. */
function detailsOf({ finishReason, usage, notes }: ReplyDetails): ReplyDetails {
  const brief = notes && briefNotes(notes);
  const isUsage = Number.isFinite(usage?.inputTokens) && Number.isFinite(usage?.outputTokens);
  return {
    ...(finishReason !== undefined && { finishReason }),
    ...(usage && isUsage && { usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } }),
    ...(brief && { notes: brief }),
  };
}

function briefNotes(notes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = JSON.stringify(notes);
    return text.length > MAX_NOTES ? undefined : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return undefined;
  }
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
