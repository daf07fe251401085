/** What a verdict on an answer changes: what served it goes, and whatever would have said the same. */
import type { AnswerContext } from "../answer/context.js";
import type { Reworded } from "../answer/fallback.js";
import { conversationOf, hydrate } from "../answer/hydrate.js";
import { continuationsOf } from "../answer/last-step.js";
import { statesOf, visible } from "../answer/read.js";
import { propose, withGiven } from "../answer/select.js";
import { bindingsWitness } from "../learn/trial/witness.js";
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { Bindings } from "../template/derivation/expression.js";
import { sizeOfJson } from "../template/json.js";
import { meaningOf } from "../tree/entry.js";
import type { Exchange } from "../tree/knowledge.js";
import type { Keeper } from "./keeper.js";

// How many answers feedback can still be given on, and what share of `maxSize` they may take.
const REMEMBERED_ANSWERS = 10_000;
const ANSWERS_SHARE = 1 / 16;

/** An answer that feedback may come for. */
export interface Judgeable {
  /** The id of what served: an entry that went meanwhile must not be kept by its answers. */
  readonly served: string;
  /** What the caller had bound. */
  readonly given: ReadonlyMap<string, string>;
  readonly captured: Bindings;
  readonly reworded: Reworded | undefined;
}

/** The answers that feedback may come for. */
export class Verdicts {
  private readonly answers: BoundedMap<string, Judgeable>;

  constructor(
    private readonly context: AnswerContext,
    private readonly keeper: Keeper,
  ) {
    const bounds = { maxEntries: REMEMBERED_ANSWERS, maxSize: context.settings.maxSize * ANSWERS_SHARE };
    this.answers = new BoundedMap(bounds, { sizeOf: sizeOfJudgeable });
  }

  /** What it holds, for `stats()`. */
  get holding(): Holding {
    return this.answers.holding;
  }

  /** Lets feedback come for an answer. */
  await(id: string, answer: Judgeable): void {
    this.answers.set(id, answer);
  }

  /** Forgets the answers of what is not known any more, and those in these scopes. */
  unremember(scopes?: ReadonlySet<string>): void {
    this.answers.keep(({ served }) => {
      const entry = this.context.knowledge.get(served);
      return entry !== undefined && !scopes?.has(entry.scope);
    });
  }

  /** Takes a verdict on an answer. Returns whether the answer was still known. */
  async judge(id: string, verdict: "good" | "bad"): Promise<boolean> {
    const answered = this.answers.get(id);
    const { knowledge, evaluation } = this.context;
    const entry = answered && knowledge.get(answered.served);
    if (!answered || !entry) return false;
    const { captured, reworded, given } = answered;
    if (verdict === "good") {
      // It was asked in other words: that speaks for the words, which are known by then, and not for the
      // template.
      if (entry.kind === "template" && !reworded) this.keeper.agree(entry, bindingsWitness(captured));
      return true;
    }
    const witness = `feedback-${id}`;
    if (reworded) {
      const { kind, rewording } = reworded;
      knowledge.part(entry.scope, rewording.from, rewording.to);
      for (const of of [kind.id, kind.nearId]) this.keeper.note(false, of, witness);
    }
    if (entry.kind === "template") {
      this.keeper.contradict(entry, witness, "feedback");
      const turns = conversationOf(entry.template.turns, captured);
      const known = withGiven(captured, given, knowledge.traits(entry));
      const said = hydrate(entry.template.reply, known, evaluation);
      if (turns && said)
        this.retireSayers({ scope: entry.scope, turns, meaning: meaningOf(said) }, given, witness);
    } else {
      this.retireSayers(entry, given, witness);
      await this.keeper.erase([entry]);
    }
    return true;
  }

  /** A reply that was wrong once is wrong as a template's word too. */
  private retireSayers(
    exchange: Pick<Exchange, "scope" | "turns" | "meaning">,
    given: ReadonlyMap<string, string>,
    witness: string,
  ): void {
    const { knowledge, settings, evaluation } = this.context;
    const tree = knowledge.scope(exchange.scope);
    const states = [...statesOf(exchange.turns, tree), ...continuationsOf(exchange.turns, tree)];
    const proposals = propose(states, given, { knowledge, trust: settings, evaluation });
    for (const { learnt, reply } of proposals) {
      if (typeof reply === "object" && meaningOf(visible(reply)) === exchange.meaning)
        this.keeper.contradict(learnt, witness, "feedback");
    }
  }
}

/** What it takes to remember an answer, roughly in characters. */
function sizeOfJudgeable({ captured }: Judgeable): number {
  let size = 8 * ENTRY_SIZE;
  // The bindings are the same values as text.
  for (const [name, value] of captured) size += ENTRY_SIZE + name.length + 2 * sizeOfJson(value);
  return size;
}
