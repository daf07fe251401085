/** What two conversations of one form have in common (anti-unification), with a slot for every difference. */

import type { Bindings } from "../../template/derivation/expression.js";
import { equalJson, type Json, printJson, scalarText } from "../../template/json.js";
import { alike, contentOf, dataIn, holding, wordsIn } from "../../template/parts/index.js";
import type { JsonPattern, PartPattern, Slot, TextPattern, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { literalPart } from "../../template/visit.js";
import { type Alignment, alignTexts } from "./align-text.js";
import { Pieces } from "./data-pieces.js";
import { reachOf } from "./reach.js";

/** What is common to the conversations, and the values in which they differ. */
export interface Generalised {
  readonly turns: readonly TurnPattern<Slot>[];
  readonly left: Bindings;
  readonly right: Bindings;
}

/**
 * Reynolds' and Plotkin's least general generalisation, over turns: equal parts stay, each pair of differing
 * values becomes one variable. In a text, words that the two share and `others` of their form do not are no
 * common words.
 */
export async function generaliseTurns(
  left: readonly Turn[],
  right: readonly Turn[],
  {
    others = [],
    pieces = new Pieces(),
  }: { readonly others?: readonly (readonly Turn[])[]; readonly pieces?: Pieces } = {},
): Promise<Generalised | undefined> {
  if (left.length !== right.length) return undefined;
  const pairs = new Pairs(pieces);
  const turns: TurnPattern<Slot>[] = [];
  for (const [index, turn] of left.entries()) {
    const like = others.flatMap((other) => other[index] ?? []);
    const pattern = await turnPattern(turn, right[index] as Turn, { others: like, pairs });
    if (!pattern || pairs.isTooMuch) return undefined;
    turns.push(pattern);
  }
  return pairs.size === 0 ? undefined : { turns, left: pairs.left, right: pairs.right };
}

// Conversations that differ in more places have no template in common.
const MAX_PLACES = 1_000;

/** The variables of one generalisation: one for each pair of values. */
class Pairs {
  readonly left = new Map<string, Json>();
  readonly right = new Map<string, Json>();
  private readonly names = new Map<string, string>();
  /** For each stem the number that was tried last. */
  private readonly counts = new Map<string, number>();

  private places = 0;

  constructor(readonly pieces: Pieces) {}

  /** Whether there are more than a template may have. */
  get isTooMuch(): boolean {
    return this.places > MAX_PLACES;
  }

  get size(): number {
    return this.names.size;
  }

  slot(left: Json, right: Json, stem: string): Slot {
    this.places++;
    const key = `${keyOf(left)}\u0000${keyOf(right)}`;
    let name = this.names.get(key);
    if (name === undefined) {
      name = stem;
      let count = this.counts.get(stem) ?? 1;
      while (this.left.has(name)) name = `${stem}_${++count}`;
      this.counts.set(stem, count);
      this.names.set(key, name);
      this.left.set(name, left);
      this.right.set(name, right);
    }
    return { name, domain: reachOf(left, right) };
  }
}

function keyOf(value: Json): string {
  return scalarText(value) ?? printJson(value);
}

// How long a message without a word in common with its like may be to be data, in characters.
const MAX_DATUM = 100;

async function turnPattern(
  left: Turn,
  right: Turn,
  { others, pairs }: { readonly others: readonly Turn[]; readonly pairs: Pairs },
): Promise<TurnPattern<Slot> | undefined> {
  if (left.role !== right.role || left.name !== right.name || left.parts.length !== right.parts.length)
    return undefined;
  const parts: PartPattern<Slot>[] = [];
  for (const [index, part] of left.parts.entries()) {
    const like = others.flatMap(({ parts: each }) => each[index] ?? []);
    const pattern = await partPattern(part, right.parts[index] as Part, {
      role: left.role,
      others: like,
      pairs,
    });
    if (!pattern || pairs.isTooMuch) return undefined;
    parts.push(pattern);
  }
  return left.name === undefined ? { role: left.role, parts } : { role: left.role, name: left.name, parts };
}

/** Where two parts stand, and what is known beside them. */
interface Surroundings {
  readonly role: string;
  readonly others: readonly Part[];
  readonly pairs: Pairs;
}

async function partPattern(
  left: Part,
  right: Part,
  { role, others, pairs }: Surroundings,
): Promise<PartPattern<Slot> | undefined> {
  const { pace } = pairs.pieces;
  if (pace.tired) await pace.rest();
  if (!alike(left, right)) return undefined;
  const [a, b] = [dataIn(left), dataIn(right)];
  if (a && "text" in a && b && "text" in b) {
    const text = textPattern(a.text, b.text, { stem: "text", others: textsIn(others), pairs });
    if (text) return holding(left, { text });
    // What the assistant said on the way was worded anew; a short message of a user may be the datum itself.
    if (role === "assistant") return holding(left, { text: [pairs.slot(a.text, b.text, "said")] });
    const isDatum = role === "user" && Math.max(a.text.length, b.text.length) <= MAX_DATUM;
    return isDatum ? holding(left, { text: [pairs.slot(a.text, b.text, "asked")] }) : undefined;
  }
  if (a && "json" in a && b && "json" in b) {
    const isCall = left.kind === "call";
    const json = await jsonPattern(a.json, b.json, { stem: isCall ? "argument" : "result", pairs });
    // Another set of arguments is another call.
    return isCall && json.kind === "value" ? undefined : holding(left, { json });
  }
  // All structure; or words that are worded anew, and hold no data.
  return contentOf(left) ? undefined : literalPart(left);
}

/** The texts among parts. */
export function textsIn(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part) => wordsIn(part) ?? []);
}

/** The common pattern of two texts; `undefined` if they share too little to be of one form. */
function textPattern(
  left: string,
  right: string,
  { stem, others = [], pairs }: { stem: string; others?: readonly string[]; pairs: Pairs },
): TextPattern<Slot> | undefined {
  const runs = alignTexts(left, right, { others, pieces: pairs.pieces });
  if (!runs) return undefined;
  const words = runs.flatMap((run) => (typeof run === "string" ? (run.match(WORD) ?? []) : []));
  const slots = runs.filter((run) => typeof run !== "string").length;
  if (slots > 0 && words.length < Math.max(2, slots) && !isOpening(words, runs, others)) return undefined;
  return runs.map((run) => (typeof run === "string" ? run : pairs.slot(run[0], run[1], stem)));
}

const WORD = /[\p{L}\p{N}]+/gu;

/** Whether texts are one word and a datum, as `Store tea`, and so are others of their form. */
function isOpening(words: readonly string[], runs: Alignment, others: readonly string[]): boolean {
  const [first] = runs;
  const isOne = words.length === 1 && runs.length === 2 && typeof first === "string" && others.length > 1;
  return isOne && others.every((other) => other.startsWith(first));
}

async function jsonPattern(
  left: Json,
  right: Json,
  { stem, pairs }: { readonly stem: string; readonly pairs: Pairs },
): Promise<JsonPattern<Slot>> {
  const { pace } = pairs.pieces;
  pace.spend(1);
  if (pace.tired) await pace.rest();
  // With more differences than a template may have, nothing comes of it.
  if (equalJson(left, right) || pairs.isTooMuch) return { kind: "literal", value: left };
  if (
    left instanceof Map &&
    right instanceof Map &&
    left.size === right.size &&
    [...left.keys()].every((key) => right.has(key))
  ) {
    const entries = new Map<string, JsonPattern<Slot>>();
    for (const [key, item] of left)
      entries.set(key, await jsonPattern(item, right.get(key) as Json, { stem: nameOr(key, stem), pairs }));
    return { kind: "object", entries };
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    const items: JsonPattern<Slot>[] = [];
    for (const [index, item] of left.entries())
      items.push(await jsonPattern(item, right[index] as Json, { stem, pairs }));
    return { kind: "array", items };
  }
  if (typeof left === "string" && typeof right === "string") {
    const text =
      textPattern(left, right, { stem, pairs }) ??
      (left !== "" && right !== "" ? [pairs.slot(left, right, stem)] : undefined);
    if (text) return { kind: "text", text };
  }
  return { kind: "value", place: pairs.slot(left, right, stem) };
}

function nameOr(key: string, stem: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? key : stem;
}
