/** What class of predictions one belongs to: those whose fates are counted together. */

import type { Bindings } from "../template/derivation/expression.js";
import type { Json } from "../template/json.js";
import type { Hole, TurnPattern } from "../template/template.js";
import { toolsBetween } from "../template/traits.js";
import type { Turn } from "../template/turn.js";
import { asTurn } from "../template/visit.js";
import { FAMILIARITIES, type Familiarity } from "../tree/arguments.js";
import { meaningOf } from "../tree/entry.js";
import type { Exchange, Knowledge, Learnt } from "../tree/knowledge.js";
import type { Reach } from "../tree/seen-values.js";
import {
  familiarityOf,
  IDLENESS,
  type Idle,
  type Idleness,
  idleness,
  idleOf,
  isCounted,
  reachOf,
  SENT,
} from "./familiar.js";
import { silentId } from "./standing.js";

/** A class of predictions whose fates are counted together. */
export interface PredictionKind {
  readonly id: string;
  /** The same among replies that call the same tools. */
  readonly nearId: string;
  readonly agreements: number;
  readonly familiarity: Familiarity;
  /** Every constant of the reply is known from other replies. */
  readonly solid: boolean;
  /**
   * What was read and plays no part in the reply: nothing; what was sent to a tool, or is structured; what a
   * model has said does not decide; values known as data; or words never seen there. Any of them may be what
   * decides.
   */
  readonly idle: Idleness;
  /** What the user asked is left open. */
  readonly loose: boolean;
  /** That question is one of several kinds of work: the template has been silent as often as it was right. */
  readonly astray: boolean;
  /**
   * How the values came about: all copied, some derived as has worked for their place in other wordings, or
   * some in a new way.
   */
  readonly derived: "copied" | "known" | "new";
  /** How many things are said follows from how many items a tool's result has. */
  readonly counted: boolean;
  /** It was made for other words, which have stood for those of the question. */
  readonly reworded: boolean;
  /** It follows from the last step alone. */
  readonly continued: boolean;
  /** How what was read lies to what the template has read so far: the value that lies furthest out. */
  readonly reach: Reach;
  readonly scope: string;
  /** Something of the reply was read out of the conversation. */
  readonly filled: boolean;
  /**
   * The reply is the same whatever was read, and something was read that plays no part, in it or in a call
   * before.
   */
  readonly decides: boolean;
  /** The share of the scope's recorded replies that say the same, from 0 to 1. */
  readonly rate: number;
  /** All agreements of the template; `agreements` counts no further than matters for the kind. */
  readonly count: number;
}

/** What a template says to a conversation. */
export interface Prediction {
  readonly learnt: Learnt;
  /** What was read out of the conversation. */
  readonly bindings: Bindings;
  /** What each hole of the reply was filled with. */
  readonly values: ReadonlyMap<Hole, Json>;
  readonly reply: Turn;
  /** The conversation is not the one that was asked, but the same in other words. */
  readonly reworded?: boolean;
}

/** What of a kind depends on what was read and said. */
type Read = Pick<PredictionKind, "familiarity" | "reach" | "counted" | "reworded"> & {
  readonly learnt: Learnt;
  readonly idle: Idle;
  readonly reply: Turn | undefined;
};

/**
 * How agreements count: in full where `minAgreements` is 2; where more are asked for, each counts that much
 * less.
 */
export interface Counting {
  readonly minAgreements: number;
  /** As if it had so many more. */
  readonly more?: number;
}

/**
 * The kind of a prediction: what its template has earned, how well its values are known, what it leaves
 * unexplained. `values` holds what the reply's holes were filled with.
 */
export function kindOfPrediction(
  { learnt, bindings, values, reply, reworded = false }: Prediction,
  knowledge: Knowledge,
  counting: Counting,
): PredictionKind {
  const { args } = knowledge.scope(learnt.scope);
  const { said, sent, several } = knowledge.traits(learnt);
  let worst = 0;
  let counted = several;
  for (const each of said) {
    if ("constant" in each) continue;
    const value = values.get(each.hole) ?? null;
    worst = Math.max(worst, FAMILIARITIES.indexOf(familiarityOf(each, value, args)));
    if (isCounted(each, value)) counted = true;
  }
  const read: Read = {
    learnt,
    familiarity: FAMILIARITIES[worst] ?? "novel",
    idle: idleOf(learnt, knowledge, (slot) =>
      sent.has(slot.name) ? SENT : idleness(slot, bindings.get(slot.name), args),
    ),
    reach: reachOf(learnt, bindings, knowledge),
    counted,
    reworded,
    reply,
  };
  return kindReading(read, knowledge, counting);
}

/**
 * The kind of what a template says to a conversation like those it has read: with values that are known in
 * their places.
 */
export function kindOfTemplate(learnt: Learnt, knowledge: Knowledge, counting: Counting): PredictionKind {
  const { sent, several, fixed } = knowledge.traits(learnt);
  const idle = idleOf(learnt, knowledge, ({ name }) => (sent.has(name) ? SENT : IDLENESS.indexOf("known")));
  const reply = fixed ? asTurn(learnt.template.reply as TurnPattern<Hole>) : undefined;
  return kindReading(
    { learnt, familiarity: "seen", idle, reach: "within", counted: several, reworded: false, reply },
    knowledge,
    counting,
  );
}

function kindReading(
  read: Read,
  knowledge: Knowledge,
  { minAgreements, more = 0 }: Counting,
): PredictionKind {
  const { learnt, familiarity, idle, reach, counted, reworded, reply } = read;
  const { args } = knowledge.scope(learnt.scope);
  const { read: all, left } = idle;
  const { said, loose, fixedText, fixed, guarded, tools } = knowledge.traits(learnt);
  let solid = true;
  let derived: PredictionKind["derived"] = guarded ? "new" : "copied";
  for (const each of said) {
    if ("constant" in each) {
      if (args.count(each.place, each.constant) < (isDataLike(each.constant) ? KNOWN_DATA : KNOWN_WORD))
        solid = false;
    } else if (each.forms !== undefined && derived !== "new") {
      derived = each.forms.some((form) => args.formCount(each.place, form) >= KNOWN_FORM) ? "known" : "new";
    }
  }
  // A fixed text to many questions, or one that ignores what it read: the data it was written from is not
  // known.
  if (fixedText && (loose || all !== "none")) solid = false;
  const agreed = knowledge.evidence(learnt).agreements.size + more;
  const count = Math.floor((agreed * 2) / minAgreements);
  const decides = fixed && (all === "known" || all === "novel");
  return kindOf(
    {
      agreements: count >= MANY ? MOST : Math.min(MOST - 1, count),
      familiarity,
      solid,
      idle: left,
      loose,
      astray: loose && knowledge.evidenceOf(silentId(learnt)).agreements.size >= Math.max(1, agreed),
      derived,
      counted,
      reworded,
      continued: learnt.template.continuation === true,
      reach,
      filled: !fixed,
      decides,
      rate: decides && reply ? knowledge.rateOf(learnt.scope, meaningOf(reply)) : 0,
      count,
      scope: learnt.scope,
    },
    tools,
    knowledge,
  );
}

/** The kind of a prediction that a recorded reply holds for its question in other words too. */
export function kindOfRewording(exchange: Exchange, knowledge: Knowledge): PredictionKind {
  const tools = toolsBetween(exchange.turns, exchange.said);
  return kindOf(
    {
      agreements: 1,
      familiarity: "seen",
      solid: true,
      idle: "none",
      loose: false,
      astray: false,
      derived: "copied",
      counted: false,
      reworded: true,
      continued: false,
      reach: "within",
      filled: false,
      decides: false,
      rate: 0,
      count: 1,
      scope: exchange.scope,
    },
    tools,
    knowledge,
  );
}

function kindOf(
  parts: Omit<PredictionKind, "id" | "nearId">,
  tools: string,
  knowledge: Knowledge,
): PredictionKind {
  const {
    agreements,
    familiarity,
    solid,
    idle,
    loose,
    astray,
    derived,
    counted,
    reworded,
    continued,
    reach,
    filled,
  } = parts;
  const features = [
    agreements,
    familiarity,
    solid ? "solid" : "open",
    idle,
    loose ? "loose" : "asked",
    derived,
  ];
  const rare = {
    fixed: !filled,
    astray,
    counted,
    reworded,
    continued,
    beyond: reach === "beyond",
    far: reach === "far",
  };
  const named = [...features, ...Object.entries(rare).flatMap(([name, is]) => (is ? [name] : []))].join("-");
  return { ...parts, ...knowledge.kindIds(parts.scope, named, tools) };
}

/** A constant that looks like a value (a code, a date, a name) may be one that depends on something. */
function isDataLike(text: string): boolean {
  return /\p{N}|\p{Lu}/u.test(text) && text.length > 1;
}

// How often a constant must have been seen at a place to be known there.
const KNOWN_WORD = 3;
const KNOWN_DATA = 12;
// How many other exchanges a derivation must have explained at a place to count as known there.
const KNOWN_FORM = 2;

// Agreements beyond which their number matters no more for the kind, and how the kinds with so many are
// numbered.
const MANY = 8;
const MOST = 5;
