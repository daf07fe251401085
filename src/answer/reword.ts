/** What the cache would say to a question if it had been asked in other words that have stood for these. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { turnKey } from "../template/digest.js";
import { scalarText } from "../template/json.js";
import { leavesOf } from "../template/leaves.js";
import { isReplied, placeNameOf, wordsIn } from "../template/parts/index.js";
import { piecesOf } from "../template/pieces.js";
import type { Slot, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { literalTurn } from "../template/visit.js";
import { extendChain } from "../tree/entry.js";
import type { Entry, Knowledge, Learnt, ScopeTree } from "../tree/knowledge.js";
import type { Rewording } from "../tree/stretches.js";
import { type State, step } from "../tree/walk.js";
import { doubtOf } from "../trust/belief.js";
import { kindOfRewording, type PredictionKind } from "../trust/kind.js";
import { isActAfterProse } from "../trust/provenance.js";
import { isExpired, type TrustSettings } from "../trust/standing.js";
import { statesOf } from "./read.js";
import { propose } from "./select.js";

/** What would have been said to a question in other words. */
export interface Voice {
  readonly entry: Entry;
  readonly captured: Bindings;
  readonly bindings: Bindings;
  readonly reply: Turn;
  readonly kind: PredictionKind;
  /** The share of such predictions that is expected to be wrong, from 0 to 1. */
  readonly doubt: number;
  readonly rewording: Rewording;
}

export interface RewordOptions {
  readonly knowledge: Knowledge;
  readonly trust: TrustSettings;
  readonly evaluation: EvaluateOptions;
  /** The key of the conversation after each turn. */
  readonly chain: readonly string[];
  /** Where the conversation itself leads. */
  readonly states: readonly State<Learnt>[];
  /** Under how many different replies words must have stood for each other. */
  readonly least: number;
  readonly now: number;
}

/**
 * Every reply that is known for the conversation with its last question in other words: recorded ones, and
 * what templates say. Words are exchanged only where they are wording: never inside a slot, nor where the
 * reply repeats them.
 */
export function reword(turns: readonly Turn[], tree: ScopeTree, options: RewordOptions): Voice[] {
  const { knowledge, trust, evaluation } = options;
  const index = turns.findLastIndex(({ role }) => role === "user");
  const turn = turns[index];
  const [part] = turn?.parts ?? [];
  if (turn?.parts.length !== 1 || part?.kind !== "text" || part.text.length > MAX_QUESTION) return [];
  const rewordings = tree.wordings.rewordings(part.text, options.least);
  if (rewordings.length === 0) return [];

  // What fits the question as it was asked has its say already: the other words would be data there.
  const asked = new Set(options.states.map(({ node }) => node));
  const before = statesOf(turns.slice(0, index), tree);
  const after = turns.slice(index + 1);
  const afterKeys = after.map(turnKey);
  const voices: Voice[] = [];
  for (const rewording of rewordings) {
    const question: Turn = { ...turn, parts: [{ kind: "text", text: rewording.text }] };
    // 1. The very conversation in other words was seen.
    const conversation = afterKeys.reduce(
      extendChain,
      extendChain(options.chain[index - 1], turnKey(question)),
    );
    const known =
      tree.exact.get(conversation)?.filter((exchange) => !isExpired(exchange, trust, options.now)) ?? [];
    const [entry] = known;
    if (known.length > 1) return [];
    if (entry && isPlain(entry.said) && !repeats(entry.said, rewording.to) && !isActAfterProse(entry)) {
      const kind = kindOfRewording(entry, knowledge);
      voices.push({
        entry,
        captured: NONE,
        bindings: NONE,
        reply: entry.said,
        kind,
        doubt: doubtOf(kind, knowledge),
        rewording,
      });
    }
    // 2. Templates fit it in other words.
    const isMeant = (pattern: TurnPattern<Slot>): boolean => holdsWords(pattern, rewording.to);
    const asking = step(before, { turn: question, key: turnKey(question) }, { ...LIMITS, isMeant });
    const states = statesOf(after, tree, { from: asking.states, limits: LIMITS, keys: afterKeys }).filter(
      ({ node }) => !asked.has(node),
    );
    for (const proposal of propose(states, NOTHING, { knowledge, trust, evaluation, reworded: true })) {
      const { learnt, captured, bindings, reply, kind, doubt, objection } = proposal;
      const pattern = learnt.template.turns[index];
      if (typeof reply !== "object" || !kind || objection || isExpired(learnt, trust, options.now)) continue;
      if (pattern && !touchesData(pattern, captured, rewording))
        voices.push({ entry: learnt, captured, bindings, reply, kind, doubt, rewording });
    }
  }
  return voices;
}

// Longer messages are seldom asked again in a word or two less; in characters.
const MAX_QUESTION = 400;

// A conversation is walked once for each rewording: each walk may cost only so much.
const LIMITS = { maxStates: 64, maxTries: 500 };

const NONE: Bindings = new Map();
// What the caller has bound is data, and for the caller's own templates.
const NOTHING: ReadonlyMap<string, string> = new Map();

/** Whether words may stand in a pattern as wording: in a slot they would be data. */
function holdsWords({ parts }: TurnPattern<Slot>, words: string): boolean {
  const sought = words.trim();
  return parts.some((part) =>
    wordsIn(part)?.some((segment) => typeof segment === "string" && segment.includes(sought)),
  );
}

/**
 * Whether a turn is made of nothing but what a template's reply may be made of, with all its values in sight:
 * texts and calls.
 */
function isPlain({ parts }: Turn): boolean {
  return parts.every((part) => isReplied(part) && placeNameOf(part) !== undefined);
}

/**
 * Whether a reply repeats words of its question: then they are data, and not those of a question in other
 * words.
 */
function repeats(said: Turn, words: string): boolean {
  const sought = spaced(words);
  if (sought.trim() === "") return false;
  const values = leavesOf(literalTurn(said)).map(({ content }) =>
    "literal" in content ? (scalarText(content.literal) ?? "") : "",
  );
  const isShort = piecesOf(words).every((piece) => piece.length <= SHORT);
  const texts = isShort ? [] : said.parts.flatMap((part) => wordsIn(part) ?? []);
  return [...values, ...texts].some((text) => spaced(text).includes(sought));
}

// Words of running text that are repeated by chance: articles and the like.
const SHORT = 3;

function spaced(text: string): string {
  const words = piecesOf(text.toLowerCase()).filter((piece) => piece.trim() !== "");
  return ` ${words.join(" ")} `;
}

/**
 * Whether the stretch in other words reaches into a slot or stands beside one: it may be part of the data
 * there.
 */
function touchesData(pattern: TurnPattern<Slot>, captured: Bindings, { start, end, to }: Rewording): boolean {
  let at = 0;
  for (const part of pattern.parts) {
    const words = wordsIn(part);
    if (!words) return true;
    for (const segment of words) {
      const length =
        typeof segment === "string"
          ? segment.length
          : (scalarText(captured.get(segment.name) ?? null) ?? "").length;
      const isBeside = to.trim() === "" ? start <= at + length && end >= at : start < at + length && end > at;
      if (typeof segment === "object" && isBeside) return true;
      at += length;
    }
  }
  return false;
}
