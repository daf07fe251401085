/** Decides how a question is put to a model, and what of its answer is tried by the learner or noted. */
import { type Ask, consult } from "../learn/model/consult.js";
import { materialOf, shown } from "../learn/model/material.js";
import { type Outcome, Refused } from "../learn/model/proposal.js";
import {
  type Nameless,
  proposedId,
  type Question,
  type Undecided,
  type Unexplained,
} from "../learn/model/question.js";
import { isIdentifier } from "../template/derivation/syntax.js";
import { printReply, printTurnPattern } from "../template/print.js";
import type { Exchange, Knowledge, Learnt } from "../tree/knowledge.js";
import { labelId, labelNote } from "../tree/labels.js";
import { weighedId } from "../trust/familiar.js";
import type { Learner } from "./learner.js";

/** What came of a question: of a proposal, whether it was kept; `nothing` to add; a verdict or names `noted`. */
export type Findings = Outcome | "nothing" | "noted";

/** What asking takes. */
export interface Means {
  readonly knowledge: Knowledge;
  /** Names of functions that the user has registered. */
  readonly functions: readonly string[];
  readonly learner: Learner;
  /** Calls the model. */
  readonly ask: Ask;
  /** Keeps a word under an id, as evidence is kept. */
  readonly note: (id: string, word: string) => void;
}

// How much of a template's line is shown beside a variable, in characters.
const MAX_LINE = 500;

/**
 * Puts a question about an exchange. Rejects where the model gave no answer; an answer that cannot be used is
 * refused.
 */
export async function inquire(question: Question, exchange: Exchange, means: Means): Promise<Findings> {
  try {
    if (question.kind === "induce") return await induce(question, exchange, means);
    const template = means.knowledge.get(question.template);
    if (template?.kind !== "template") return { refused: "forgotten" };
    await (question.kind === "weigh"
      ? weigh(template, { question, exchange }, means)
      : label(template, question, means));
    return "noted";
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
}

/** Has the agents say what an exchange is made of, and the learner try the template they propose. */
async function induce(
  question: Unexplained,
  exchange: Exchange,
  { knowledge, functions, learner, ask, note }: Means,
): Promise<Outcome | "nothing"> {
  const alike = question.alike.flatMap((id) => {
    const other = knowledge.get(id);
    // One tenant a question, whatever was asked for.
    return other?.kind === "exchange" && other.scope === exchange.scope ? [other] : [];
  });
  const inherited = new Map(question.inherited);
  const consulted = await consult({ exchange, alike, inherited, functions }, ask);
  if (!consulted) return "nothing";
  const { proposal, together } = consulted;
  const outcome = await learner.propose({
    exchange: exchange.id,
    together: together.map(({ id }) => id),
    proposal,
  });
  if ("kept" in outcome) for (const skeleton of outcome.skeletons) note(proposedId(skeleton), exchange.id);
  return outcome;
}

/** Has a model say which of the values that a template leaves aside decide nothing. */
async function weigh(
  template: Learnt,
  { question: { unused }, exchange }: { readonly question: Undecided; readonly exchange: Exchange },
  { ask, note }: Means,
): Promise<void> {
  const answer = await ask("weigh", {
    template: {
      conversation: template.template.turns.map(printTurnPattern),
      reply: printReply(template.template.reply),
    },
    exchange: shown(materialOf(exchange)),
    unused: unused.map(([variable, value]) => ({ variable, value })),
  });
  const idle = new Set(unused.map(([name]) => name));
  // Asked once: what it said stands, whatever it was.
  note(weighedId(template), "asked once");
  for (const { variable, decides } of answer?.verdicts ?? [])
    if (!decides && idle.has(variable)) note(weighedId(template), variable);
}

/** Has a model name variables: for people alone, nothing that is known or trusted changes. */
async function label(template: Learnt, { variables }: Nameless, { ask, note }: Means): Promise<void> {
  const lines = template.template.turns.map(printTurnPattern);
  const answer = await ask("name", {
    stretches: variables.map(([name, text], span) => ({
      ...{ span, at: name, text },
      in: lines.find((line) => line.includes(`{{${name}`))?.slice(0, MAX_LINE) ?? "",
    })),
    known: [],
    gave: [],
  });
  for (const { span, name } of answer?.names ?? []) {
    const variable = variables[span]?.[0];
    if (variable !== undefined && isIdentifier(name)) note(labelId(template), labelNote(variable, name));
  }
}

/** Whether a model has proposed a template like this one. */
export function isProposed({ skeleton }: Learnt, knowledge: Knowledge): boolean {
  return knowledge.evidenceOf(proposedId(skeleton)).agreements.size > 0;
}
