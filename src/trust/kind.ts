/** What class of predictions one belongs to: those whose fates are counted together. */

import type { Bindings } from "../template/derivation/expression.js";
import { type Json, scalarText } from "../template/json.js";
import { scalarsOf } from "../template/leaves.js";
import type { Hole, Slot, TurnPattern } from "../template/template.js";
import { type ReplyPlace, toolsBetween } from "../template/traits.js";
import type { Turn } from "../template/turn.js";
import { isOpen } from "../template/value-kinds.js";
import { asTurn } from "../template/visit.js";
import { type Arguments, FAMILIARITIES, type Familiarity } from "../tree/arguments.js";
import { meaningOf } from "../tree/entry.js";
import type { Exchange, Knowledge, Learnt } from "../tree/knowledge.js";
import { REACHES, type Reach } from "../tree/seen-values.js";
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
  readonly idle: (typeof IDLENESS)[number];
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
 * How idle what was read is, and the same without what later steps have used: that was for them, and decides
 * nothing here.
 */
interface Idle {
  readonly read: PredictionKind["idle"];
  readonly left: PredictionKind["idle"];
}

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

/**
 * How far the value that lies furthest out does. Of two slots side by side, more words than ever may be those
 * of both; what stands within quotation marks has none within it.
 */
function reachOf(learnt: Learnt, bindings: Bindings, knowledge: Knowledge): Reach {
  const { beside, quoted } = knowledge.traits(learnt);
  let worst = 0;
  for (const [name, value] of bindings) {
    const reach = REACHES.indexOf(knowledge.seen.reach(learnt.skeleton, name, value));
    const text = scalarText(value) ?? "";
    const isCut =
      (reach > 0 && beside.has(name) && SPACE.test(text)) || (quoted.has(name) && QUOTES.test(text));
    worst = Math.max(worst, isCut ? REACHES.length - 1 : reach);
  }
  return REACHES[worst] ?? "far";
}

const SPACE = /\s/u;
const QUOTES = /["“”„«»‹›`]/u;

type Filled = Exclude<ReplyPlace, { constant: string }>;

/**
 * How well what fills a hole is known there: of several values, and of a list, as well as the least known of
 * them.
 */
function familiarityOf({ place, extent }: Filled, value: Json, args: Arguments): Familiarity {
  // How often something is said is for its derivation to account for; what is said is judged by itself.
  if (extent === "list") return "seen";
  const filled = extent === "each" && Array.isArray(value) ? value : [value];
  const scalars = filled.flatMap((each) => scalarsOf(each, place));
  if (scalars.length === 0) return "novel";
  const ranks = scalars.map(({ place, literal }) => {
    const text = scalarText(literal);
    return FAMILIARITIES.indexOf(text === undefined ? "novel" : args.familiarity(place, text));
  });
  return FAMILIARITIES[Math.max(...ranks)] ?? "novel";
}

/**
 * Whether a hole takes the items of a list as they come. Whom the user enumerates in words, all are meant.
 */
function isCounted({ extent, forms }: Filled, value: Json): boolean {
  const isList = extent === "list" || (extent === "once" && Array.isArray(value));
  return isList && !forms?.every((form) => /\b(?:enumerated|clauses)\(/.test(form));
}

const IDLENESS = ["none", "sent", "weighed", "known", "novel"] as const;
const SENT = IDLENESS.indexOf("sent");
const WEIGHED = IDLENESS.indexOf("weighed");

/**
 * The id under which the slots of a template's skeleton are noted that a model has said do not decide.
 */
export function weighedId({ skeleton }: Pick<Learnt, "skeleton">): string {
  return `weighed-${skeleton}`;
}

function idleOf(learnt: Learnt, knowledge: Knowledge, rankOf: (slot: Slot) => number): Idle {
  let [read, left] = [0, 0];
  for (const slot of knowledge.traits(learnt).unused) {
    const rank = rankOf(slot);
    read = Math.max(read, rank);
    left = Math.max(left, Math.min(rank, leastOf(slot, learnt, knowledge)));
  }
  return { read: IDLENESS[read] ?? "novel", left: IDLENESS[left] ?? "novel" };
}

/** How idle a slot is at the most: a later step has used what it held, or a model thinks that it decides nothing. */
function leastOf({ name }: Slot, learnt: Learnt, knowledge: Knowledge): number {
  if (knowledge.seen.isUsed(learnt.skeleton, name)) return SENT;
  return knowledge.evidenceOf(weighedId(learnt)).agreements.has(name) ? WEIGHED : IDLENESS.length;
}

/**
 * How idle a value is that nobody sent: known values are of a definite form, listed, or known from an
 * argument; JSON that is no scalar is as good as sent.
 */
function idleness(slot: Slot, value: Json | undefined, args: Arguments): number {
  const text = value === undefined || value === null ? undefined : scalarText(value);
  if (text === undefined) return SENT;
  const isKnown = slot.domain.values.includes(text) || args.isData(text) || isDefinite(slot) || isNamed(text);
  return IDLENESS.indexOf(isKnown ? "known" : "novel");
}

/** Whether a text looks like a name or a code: a few words, all of which look like data. */
function isNamed(text: string): boolean {
  const words = text.split(/\s+/);
  return words.length <= MAX_NAME && words.every((word) => /\p{N}|\p{Lu}/u.test(word));
}

const MAX_NAME = 4;

/** Whether a slot takes values of a definite form only. */
function isDefinite(slot: Slot): boolean {
  return !slot.domain.kinds.some(isOpen);
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
