/** One request at a time: what is answered to it, what is taken in of it, and what a verdict on an answer changes. */
import { randomUUID } from "node:crypto";
import { refusalOf } from "./answer/acceptable.js";
import type { AnswerContext } from "./answer/context.js";
import { continuationsOf } from "./answer/continuation.js";
import { type Explanation, explain } from "./answer/explain.js";
import type { Reworded } from "./answer/fallback.js";
import { conversationOf, hydrate } from "./answer/hydrate.js";
import { type Answered, answer } from "./answer/index.js";
import { CallNumbers, digestOf, normaliseMessage, Unfit } from "./answer/normalise.js";
import { givenBindings, type Reading, readRequest, statesOf, visible } from "./answer/read.js";
import { Recall } from "./answer/recall.js";
import { replayed } from "./answer/reply.js";
import { Scopes } from "./answer/scope.js";
import { propose } from "./answer/select.js";
import { RepriseError } from "./errors.js";
import type { RefusalReason } from "./events.js";
import { Generations } from "./generations.js";
import type { Keeper } from "./keeper.js";
import type { Observation } from "./learn/stage.js";
import { bindingsWitness } from "./learn/trial/witness.js";
import type { Settings } from "./options.js";
import type { Bindings } from "./template/derivation/expression.js";
import { createExchange, meaningOf } from "./tree/entry.js";
import type { Entry, Exchange, Knowledge } from "./tree/knowledge.js";
import type { Answer, CacheRequest, Reply, ReplyDetails } from "./types.js";

// How many answers feedback can still be given on.
const REMEMBERED_ANSWERS = 10_000;

const NOTHING: ReadonlyMap<string, string> = new Map();

/** An answer that feedback may come for. */
interface Given {
  readonly entry: Entry;
  readonly captured: Bindings;
  readonly bindings: Readonly<Record<string, string>>;
  readonly reworded: Reworded | undefined;
}

/** Reads requests against what is known. `answer` and `take` throw `Unfit` for a request that cannot be read. */
export class Responder {
  private readonly scopes: Scopes;
  private readonly recall = new Recall<Reading>();
  private readonly answers = new Generations<string, Given>(REMEMBERED_ANSWERS);
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
    this.scopes = new Scopes(context.settings.namespace);
  }

  /** What is known to be the answer. */
  answer(request: CacheRequest): Answer {
    const { reading, tree, scope } = this.read(request);
    const finished = this.finish(answer(reading, tree, givenBindings(request.bindings), this.context));
    if (finished.status === "miss") this.keeper.missed(scope, reading.chain.at(-1) ?? "");
    return finished;
  }

  /** What there is to learn of a reply, or why nothing of it may be kept. */
  take(request: CacheRequest, reply: Reply, details: ReplyDetails): Observation | RefusalReason {
    const { reading, scope } = this.read(request);
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
    return { exchange: { ...exchange, at: this.moment(exchange.id, now) }, given: givenBindings(request.bindings) };
  }

  /** Takes a verdict on an answer; see `Cache.feedback`. Returns whether the answer was still known. */
  async judge(id: string, verdict: "good" | "bad"): Promise<boolean> {
    const given = this.answers.get(id);
    if (!given || !this.knowledge.get(given.entry.id)) return false;
    const { entry, captured, reworded } = given;
    if (verdict === "good") {
      // It was asked in other words: that speaks for the words, which are known by then, and not for the template.
      if (entry.kind === "template" && !reworded) this.keeper.agree(entry, bindingsWitness(captured));
      return true;
    }
    const witness = `feedback-${id}`;
    if (reworded) {
      const { kind, rewording } = reworded;
      this.knowledge.scope(entry.scope).wordings.part(rewording.from, rewording.to);
      for (const of of [kind.id, kind.nearId]) this.keeper.note(false, of, witness);
    }
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

  /** Conversations are remembered outside the knowledge too: what was erased must not stay there. */
  unremember(): void {
    this.recall.clear();
    this.scopes.clear();
    this.answers.keep(({ entry }) => this.knowledge.get(entry.id) !== undefined);
  }

  private read(request: CacheRequest) {
    const scope = this.scopes.keyOf(request);
    const tree = this.knowledge.scope(scope);
    const reading = readRequest(request, scope, tree, { recall: this.recall, walk: this.settings.policy !== "exact" });
    return { reading, tree, scope };
  }

  /** Turns what was decided into what the caller gets. */
  private finish(answered: Answered): Answer {
    if (answered.status === "miss") {
      if (answered.expired) this.keeper.letGo(answered.expired, "ttl");
      return { status: "miss", reason: answered.reason, depth: answered.depth };
    }
    const { entry, captured, match, bindings, reworded } = answered;
    const id = randomUUID();
    this.keeper.used(entry);
    this.answers.set(id, { entry, captured, bindings, reworded });
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

  /** A reply that was wrong once is wrong as a template's word too. */
  private retireSayers(exchange: Pick<Exchange, "scope" | "turns" | "meaning">, witness: string): void {
    const { knowledge, settings } = this;
    const tree = knowledge.scope(exchange.scope);
    const proposals = propose(
      [...statesOf(exchange.turns, tree, NOTHING), ...continuationsOf(exchange.turns, tree, NOTHING)],
      NOTHING,
      knowledge,
      settings,
      this.context.evaluation,
    );
    for (const { learnt, reply } of proposals) {
      if (typeof reply === "object" && meaningOf(visible(reply)) === exchange.meaning) this.keeper.contradict(learnt, witness, "feedback");
    }
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
