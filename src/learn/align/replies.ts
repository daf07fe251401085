/**
 * What two replies to conversations of one form have in common, and the differences that are to be explained.
 */

import type { Domain } from "../../template/domain.js";
import { canonicalJson, equalJson, type Json } from "../../template/json.js";
import { Binder, matchTurn } from "../../template/match.js";
import { alike, dataIn, holding, isReplied, wordsIn } from "../../template/parts/index.js";
import type { Hole, JsonPattern, PartPattern, Slot, Template, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { mapPlaces } from "../../template/visit.js";
import { alignTexts } from "./align-text.js";
import { textsIn } from "./anti-unify.js";
import { Pieces } from "./data-pieces.js";

/** A hole of the generalised reply: what the two replies have there. */
export interface Difference {
  readonly left: Json;
  readonly right: Json;
}

/** The skeleton of two replies. */
export interface GeneralisedReplies {
  readonly pattern: TurnPattern<Difference>;
  readonly differences: readonly Difference[];
}

/**
 * The common skeleton of two replies and their differences; `undefined` when they are replies of two kinds.
 * `others` are replies to conversations of the same form: words that they do not have are no part of the
 * skeleton.
 */
export async function generaliseReplies(
  left: Turn,
  right: Turn,
  {
    others = [],
    pieces = new Pieces(),
  }: { readonly others?: readonly Turn[]; readonly pieces?: Pieces } = {},
): Promise<GeneralisedReplies | undefined> {
  if (left.parts.length !== right.parts.length) return undefined;
  const known = new Map<string, Difference>();
  const differ = (a: Json, b: Json): Difference => {
    const key = canonicalJson([a, b]);
    const difference = known.get(key) ?? { left: a, right: b };
    known.set(key, difference);
    return difference;
  };
  const work = { differ, pieces };
  const parts: PartPattern<Difference>[] = [];
  for (const [index, part] of left.parts.entries()) {
    const like = others.flatMap(({ parts: each }) => each[index] ?? []);
    const pattern = await replyPart(part, right.parts[index] as Part, { others: like, work });
    if (!pattern) return undefined;
    parts.push(pattern);
  }
  const differences = [...known.values()];
  const pattern = { role: left.role, parts };
  const isShared = others.every((other) => valuesAt(pattern, differences, other));
  return isShared ? { pattern, differences } : (wholeReply(left, right) ?? { pattern, differences });
}

// How long a text may be to be one datum, in characters.
const MAX_WHOLE = 300;

/**
 * A reply that is a text, all of it one difference: what two have in common is an accident of what they say.
 */
function wholeReply(left: Turn, right: Turn): GeneralisedReplies | undefined {
  const [one, other] = [left.parts[0], right.parts[0]];
  if (left.parts.length !== 1 || !one || !other || !alike(one, other)) return undefined;
  const [a, b] = [wordsIn(one), wordsIn(other)];
  if (!a || !b || Math.max(a.length, b.length) > MAX_WHOLE) return undefined;
  const difference = { left: a, right: b };
  return {
    pattern: { role: left.role, parts: [holding(one, { text: [difference] })] },
    differences: [difference],
  };
}

/** What the skeleton of two replies is made with. */
interface Work {
  readonly differ: (left: Json, right: Json) => Difference;
  readonly pieces: Pieces;
}

async function replyPart(
  left: Part,
  right: Part,
  { others, work }: { readonly others: readonly Part[]; readonly work: Work },
): Promise<PartPattern<Difference> | undefined> {
  const { differ, pieces } = work;
  if (pieces.pace.tired) await pieces.pace.rest();
  if (!alike(left, right) || !isReplied(left)) return undefined;
  const [a, b] = [dataIn(left), dataIn(right)];
  if (a && "text" in a && b && "text" in b) {
    const runs = alignTexts(a.text, b.text, { others: textsIn(others), sameForm: true, pieces });
    return (
      runs &&
      holding(left, { text: runs.map((run) => (typeof run === "string" ? run : differ(run[0], run[1]))) })
    );
  }
  if (a && "json" in a && b && "json" in b) {
    const json = await replyJson(a.json, b.json, work);
    return json && holding(left, { json });
  }
  return undefined;
}

async function replyJson(left: Json, right: Json, work: Work): Promise<JsonPattern<Difference> | undefined> {
  const { differ, pieces } = work;
  pieces.pace.spend(1);
  if (pieces.pace.tired) await pieces.pace.rest();
  if (equalJson(left, right)) return { kind: "literal", value: left };
  if (left instanceof Map && right instanceof Map) {
    if (left.size !== right.size) return undefined;
    const entries = new Map<string, JsonPattern<Difference>>();
    for (const [key, item] of left) {
      const other = right.get(key);
      const pattern = other === undefined ? undefined : await replyJson(item, other, work);
      if (!pattern) return undefined;
      entries.set(key, pattern);
    }
    return { kind: "object", entries };
  }
  if (left instanceof Map || right instanceof Map) return undefined;
  // A list of values is one difference, which may come from another list as a whole; records are read field
  // by field.
  if (isRecords(left) && isRecords(right) && left.length === right.length) {
    const items: JsonPattern<Difference>[] = [];
    for (const [index, item] of left.entries()) {
      const pattern = await replyJson(item, right[index] as Json, work);
      if (!pattern) return undefined;
      items.push(pattern);
    }
    return { kind: "array", items };
  }
  if (typeof left === "string" && typeof right === "string") {
    const runs = alignTexts(left, right, { pieces });
    const common =
      runs
        ?.filter((run) => typeof run === "string")
        .join(" ")
        .match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
    // Sentences with data in them; what is short is one datum.
    if (runs && common >= 3)
      return {
        kind: "text",
        text: runs.map((run) => (typeof run === "string" ? run : differ(run[0], run[1]))),
      };
  }
  return { kind: "value", place: differ(left, right) };
}

function isRecords(value: Json): value is Json[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof Map);
}

/** The template, once every difference of the replies is explained. */
export function templateOf(
  turns: readonly TurnPattern<Slot>[],
  reply: TurnPattern<Difference>,
  explain: (difference: Difference) => Hole,
): Template {
  return { turns, reply: mapDifferences(reply, explain), guards: [] };
}

function mapDifferences(
  pattern: TurnPattern<Difference>,
  explain: (difference: Difference) => Hole,
): TurnPattern<Hole> {
  return mapPlaces<Difference, Hole>(pattern, explain);
}

/**
 * What another reply of the same skeleton has at each difference; `undefined` if it is not of that skeleton.
 */
export function valuesAt(
  pattern: TurnPattern<Difference>,
  differences: readonly Difference[],
  said: Turn,
): readonly Json[] | undefined {
  const names = new Map(differences.map((difference, index) => [difference, String(index)]));
  const slots = mapPlaces<Difference, Slot>(pattern, (difference) => ({
    name: names.get(difference) ?? "",
    domain: ANYTHING,
  }));
  const binder = new Binder(new Map());
  if (matchTurn(slots, said, binder) !== "fits") return undefined;
  const found = binder.result();
  return differences.map((_difference, index) => found.get(String(index)) as Json);
}

const ANYTHING: Domain = { kinds: ["any"], values: [], except: [] };
