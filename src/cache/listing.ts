/** The templates as a person looks them through: all in short, or one with everything that is known of it. */
import type { AnswerContext } from "../answer/context.js";
import { missingFrom } from "../answer/explain.js";
import { continuationsOf } from "../answer/last-step.js";
import { predict } from "../answer/predict.js";
import { statesOf, visible } from "../answer/read.js";
import { type Proposal, propose } from "../answer/select.js";
import { printExpression } from "../template/derivation/print.js";
import { type Json, printJson, scalarText } from "../template/json.js";
import { leavesOf } from "../template/leaves.js";
import { printDomain } from "../template/notation.js";
import { printReply, printTurnPattern } from "../template/print.js";
import { toolsIn } from "../template/traits.js";
import type { Turn } from "../template/turn.js";
import { literalTurn, placesOf } from "../template/visit.js";
import { meaningOf } from "../tree/entry.js";
import type { Exchange, Learnt } from "../tree/knowledge.js";
import { labelled } from "../tree/labels.js";
import type { Standing } from "../trust/standing.js";
import { doubtsAboutTemplate, toldOf, verdictOnTemplate } from "../trust/verdict.js";
import type { Review } from "../types.js";
import type { Responder } from "./responder.js";
import type { ServedOnce } from "./served.js";

/** A template in short. Holds conversation text. */
export interface TemplateSummary {
  readonly id: string;
  /** Of the scope: a digest, as events have it. */
  readonly scope: string;
  readonly model: string | undefined;
  readonly origin: "bound" | "induced";
  readonly standing: Standing;
  /** A person has approved it, and that counts. */
  readonly approved?: Review;
  /** One line a message; the last step alone where `continuation` is true. */
  readonly turns: readonly string[];
  readonly guards: readonly string[];
  readonly reply: string;
  readonly continuation: boolean;
  /** The tools that it calls. */
  readonly tools: readonly string[];
  readonly agreements: number;
  readonly contradictions: number;
  /** In ms since the epoch. */
  readonly learnedAt: number;
  /** How often it was served by this process. */
  readonly served: number;
  readonly lastServedAt?: number;
}

/** A recorded exchange beside a template. Holds conversation text. */
export interface TemplateExample {
  readonly exchange: string;
  readonly at: number;
  readonly turns: readonly string[];
  readonly reply: string;
  /** What the template reads there, where it fits. */
  readonly bindings: Readonly<Record<string, string>>;
  /** What checks saw of the world before its calls, one text for each state; absent where none has looked. */
  readonly seen?: readonly string[];
}

/** One place of a template's messages that takes data. */
export interface TemplateSlot {
  readonly name: string;
  /** In the notation of docs/templates.md. */
  readonly domain: string;
  /** The number of its message among `turns`, from 0. */
  readonly turn: number;
  /** Values it has read in the examples. */
  readonly values: readonly string[];
}

/** Everything that is known of a template. Holds conversation text. */
export interface TemplateDetails extends TemplateSummary {
  readonly slots: readonly TemplateSlot[];
  /** Each value of the reply, and the ways to it, which must all agree. */
  readonly derivations: readonly { readonly place: string; readonly ways: readonly string[] }[];
  /** The share of its predictions that is expected to be wrong, from 0 to 1; of the latest example, if there is one. */
  readonly doubt: number;
  /** As `explain` has it; of the latest example. */
  readonly missingAgreements: number | undefined;
  readonly doubts: readonly string[];
  /** What people have said of it, the latest first. */
  readonly reviews: readonly Review[];
  /** Recorded exchanges that it gets right, the latest first; some of them. */
  readonly examples: readonly TemplateExample[];
  /** Those that it got wrong, as far as they are still known. */
  readonly contradicted: readonly TemplateExample[];
  /** Its last answers by this process: `explain` takes the ids, as long as they are known. */
  readonly hits: readonly (ServedOnce & { readonly message?: string })[];
}

/** Which templates to list. */
export interface TemplateQuery {
  readonly standing?: Standing | undefined;
  /** Of the scope of this name; its beginning is enough. */
  readonly scope?: string | undefined;
  /** That calls this tool. */
  readonly tool?: string | undefined;
  /** That holds this text in a message or its reply, in upper or lower case. */
  readonly text?: string | undefined;
  /** At most so many, after so many of them. Default: all. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

const EXAMPLES = 10;
// Exchanges of the scope that are looked at for examples.
const LOOKED_AT = 2_000;

/** Lists what is known. Changes nothing. */
export class Listing {
  constructor(
    private readonly context: AnswerContext,
    private readonly responder: Responder,
  ) {}

  /** In short: those served most come first, and then those learned last. */
  list({ standing, scope = "", tool, text, limit, offset = 0 }: TemplateQuery): TemplateSummary[] {
    const wanted = text?.toLowerCase();
    const meant = this.all()
      .filter((learnt) => learnt.scope.startsWith(scope) && (!standing || this.standing(learnt) === standing))
      .filter((learnt) => tool === undefined || this.context.knowledge.traits(learnt).calls.includes(tool))
      .filter((learnt) => wanted === undefined || textOf(learnt).toLowerCase().includes(wanted))
      .map((learnt) => ({ learnt, served: this.responder.served.of(learnt.id).count }))
      .sort((left, right) => right.served - left.served || right.learnt.at - left.learnt.at);
    return meant
      .slice(offset, limit === undefined ? undefined : offset + limit)
      .map(({ learnt }) => this.summary(learnt));
  }

  /** One with everything; its id may be shortened, if it is the only one that begins so. */
  details(id: string): TemplateDetails | undefined {
    const learnt = this.find(id);
    if (!learnt) return undefined;
    const examples = this.examples(learnt);
    const [latest] = examples;
    const proposal = latest && this.proposalFor(learnt, latest);
    const { knowledge, settings } = this.context;
    const told = examples.map((exchange) => this.exampleOf(exchange, learnt));
    const verdict = proposal ?? verdictOnTemplate(learnt, knowledge, settings);
    const missing = proposal && missingFrom(proposal, this.context);
    return {
      ...this.summary(learnt),
      slots: learnt.template.turns.flatMap((turn, index) =>
        placesOf(turn).map(({ name, domain }) => ({
          name,
          domain: printDomain(domain),
          turn: index,
          values: [...new Set(told.flatMap(({ bindings }) => bindings[name] ?? []))],
        })),
      ),
      derivations: leavesOf(learnt.template.reply).flatMap(({ place, content }) =>
        "hole" in content ? [{ place, ways: content.hole.hypotheses.map(printExpression) }] : [],
      ),
      doubt: verdict.doubt,
      missingAgreements: missing?.agreements,
      doubts: missing?.doubts ?? doubtsAboutTemplate(learnt, knowledge, settings),
      reviews: knowledge.reviews.of(learnt).map(toldOf),
      examples: told,
      contradicted: this.contradicting(learnt).map((exchange) => this.exampleOf(exchange, learnt)),
      hits: this.responder.served.of(learnt.id).lately.map((hit) => ({ ...hit, ...this.asked(hit.id) })),
    };
  }

  /** The template of an id, which may be shortened. */
  find(id: string): Learnt | undefined {
    const whole = this.context.knowledge.get(id);
    if (whole) return whole.kind === "template" ? whole : undefined;
    if (id.length < SHORTEST) return undefined;
    const found = this.all().filter((learnt) => learnt.id.startsWith(id));
    return found.length === 1 ? found[0] : undefined;
  }

  private all(): Learnt[] {
    return [...this.context.knowledge.each()].filter((entry) => entry.kind === "template");
  }

  private standing(learnt: Learnt): Standing {
    return verdictOnTemplate(learnt, this.context.knowledge, this.context.settings).standing;
  }

  private summary(learnt: Learnt): TemplateSummary {
    const { knowledge, settings } = this.context;
    const { id, scope, model, origin, at } = learnt;
    const template = labelled(learnt, knowledge);
    const { agreements, contradictions } = knowledge.evidence(learnt);
    const { standing, approved } = verdictOnTemplate(learnt, knowledge, settings);
    const { count, lately } = this.responder.served.of(id);
    return {
      ...{ id, scope, model, origin, standing, ...(approved && { approved }) },
      turns: template.turns.map(printTurnPattern),
      guards: template.guards.map(printExpression),
      reply: printReply(template.reply),
      continuation: template.continuation === true,
      tools: [...new Set(toolsIn(template.reply))],
      agreements: agreements.size,
      contradictions: contradictions.size,
      learnedAt: at,
      served: count,
      ...(lately[0] && { lastServedAt: lately[0].at }),
    };
  }

  private examples(learnt: Learnt): Exchange[] {
    const { knowledge, evaluation } = this.context;
    const recorded = [...knowledge.scope(learnt.scope).exact.values()].flat();
    const latest = recorded.sort((left, right) => right.at - left.at).slice(0, LOOKED_AT);
    const found: Exchange[] = [];
    for (const exchange of latest) {
      if (found.length >= EXAMPLES) break;
      const said = predictSafely(learnt, exchange, evaluation);
      if (said && meaningIs(said.reply, exchange)) found.push(exchange);
    }
    return found;
  }

  private contradicting(learnt: Learnt): Exchange[] {
    const { knowledge } = this.context;
    return [...knowledge.evidence(learnt).contradictions]
      .flatMap((witness) => knowledge.get(witness) ?? [])
      .filter((entry) => entry.kind === "exchange")
      .slice(0, EXAMPLES);
  }

  private exampleOf(exchange: Exchange, learnt: Learnt): TemplateExample {
    const bindings = predictSafely(learnt, exchange, this.context.evaluation)?.bindings;
    const { id, at, turns, said } = exchange;
    const states = this.context.knowledge.sightings.of(id).before;
    const seen = states.map(({ calls }) => calls.map((call) => `${call.tool}: ${call.seen}`).join(", "));
    return {
      ...{ exchange: id, at },
      turns: turns.map((turn) => printTurnPattern(literalTurn(turn))),
      reply: printReply(literalTurn(said)),
      bindings: Object.fromEntries([...(bindings ?? [])].map(([name, value]) => [name, asText(value)])),
      ...(seen.length > 0 && { seen }),
    };
  }

  private proposalFor(learnt: Learnt, { scope, turns }: Exchange): Proposal | undefined {
    const { knowledge, settings, evaluation } = this.context;
    const tree = knowledge.scope(scope);
    const states = [...statesOf(turns, tree), ...continuationsOf(turns.map(visible), tree)];
    const proposals = propose(states, new Map(), { knowledge, trust: settings, evaluation });
    return proposals.find((proposal) => proposal.learnt === learnt);
  }

  private asked(id: string): { readonly message?: string } {
    const turn = this.responder.asked.get(id)?.question?.turns.findLast(({ role }) => role === "user");
    return turn ? { message: printTurnPattern(literalTurn(turn)) } : {};
  }
}

// Of an id that is shortened.
const SHORTEST = 6;

function textOf({ template }: Learnt): string {
  return [...template.turns.map(printTurnPattern), printReply(template.reply)].join("\n");
}

const asText = (value: Json): string => scalarText(value) ?? printJson(value);

function predictSafely(
  { template }: Learnt,
  exchange: Exchange,
  evaluation: AnswerContext["evaluation"],
): ReturnType<typeof predict> {
  try {
    return predict(template, exchange.turns, evaluation);
  } catch {
    // A stored exchange that turns out to be damaged.
    return undefined;
  }
}

function meaningIs(reply: Turn, { meaning }: Exchange): boolean {
  return meaningOf(visible(reply)) === meaning;
}
