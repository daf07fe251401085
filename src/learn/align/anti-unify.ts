/** What two exchanges of one form have in common: a template of it (anti-unification), with a slot for every difference. */

import type { Bindings } from "../../template/derivation/expression.js";
import type { Domain } from "../../template/domain.js";
import { canonicalJson, equalJson, type Json, printJson, scalarText } from "../../template/json.js";
import { Binder, matchTurn } from "../../template/match.js";
import type { Hole, JsonPattern, PartPattern, Slot, Template, TextPattern, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { mapPlaces } from "../../template/visit.js";
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
 * Reynolds' and Plotkin's least general generalisation, over turns: equal parts stay, each pair of differing values becomes
 * one variable. In a text, words that the two share and `others` of their form do not are no common words.
 */
export async function generaliseTurns(
  left: readonly Turn[],
  right: readonly Turn[],
  { others = [], pieces = new Pieces() }: { readonly others?: readonly (readonly Turn[])[]; readonly pieces?: Pieces } = {},
): Promise<Generalised | undefined> {
  if (left.length !== right.length) return undefined;
  const pairs = new Pairs(pieces);
  const turns: TurnPattern<Slot>[] = [];
  for (const [index, turn] of left.entries()) {
    const like = others.flatMap((other) => other[index] ?? []);
    const pattern = await turnPattern(turn, right[index] as Turn, like, pairs);
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

async function turnPattern(left: Turn, right: Turn, others: readonly Turn[], pairs: Pairs): Promise<TurnPattern<Slot> | undefined> {
  if (left.role !== right.role || left.name !== right.name || left.parts.length !== right.parts.length) return undefined;
  const parts: PartPattern<Slot>[] = [];
  for (const [index, part] of left.parts.entries()) {
    const like = others.flatMap(({ parts: each }) => each[index] ?? []);
    const pattern = await partPattern(part, right.parts[index] as Part, { role: left.role, others: like, pairs });
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

async function partPattern(left: Part, right: Part, { role, others, pairs }: Surroundings): Promise<PartPattern<Slot> | undefined> {
  const { pace } = pairs.pieces;
  if (pace.tired) await pace.rest();
  if (left.kind === "text" && right.kind === "text") {
    const text = textPattern(left.text, right.text, { stem: "text", others: textsIn(others), pairs });
    if (text) return { kind: "text", text };
    // What the assistant said on the way was worded anew; a short message of a user may be the datum itself.
    if (role === "assistant") return { kind: "text", text: [pairs.slot(left.text, right.text, "said")] };
    const isDatum = role === "user" && Math.max(left.text.length, right.text.length) <= MAX_DATUM;
    return isDatum ? { kind: "text", text: [pairs.slot(left.text, right.text, "asked")] } : undefined;
  }
  if (left.kind === "json" && right.kind === "json")
    return { kind: "json", value: await jsonPattern(left.value, right.value, "result", pairs) };
  if (left.kind === "call" && right.kind === "call" && left.tool === right.tool) {
    const args = await jsonPattern(left.args, right.args, "argument", pairs);
    // Another set of arguments is another call.
    return args.kind === "value" ? undefined : { kind: "call", tool: left.tool, args };
  }
  if (left.kind === "result" && right.kind === "result") return left.call === right.call && left.error === right.error ? left : undefined;
  if (left.kind === "opaque" && right.kind === "opaque") return left.type === right.type && left.digest === right.digest ? left : undefined;
  return undefined;
}

function textsIn(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part) => (part.kind === "text" ? part.text : []));
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

async function jsonPattern(left: Json, right: Json, stem: string, pairs: Pairs): Promise<JsonPattern<Slot>> {
  const { pace } = pairs.pieces;
  pace.spend(1);
  if (pace.tired) await pace.rest();
  // With more differences than a template may have, nothing comes of it.
  if (equalJson(left, right) || pairs.isTooMuch) return { kind: "literal", value: left };
  if (left instanceof Map && right instanceof Map && left.size === right.size && [...left.keys()].every((key) => right.has(key))) {
    const entries = new Map<string, JsonPattern<Slot>>();
    for (const [key, item] of left) entries.set(key, await jsonPattern(item, right.get(key) as Json, nameOr(key, stem), pairs));
    return { kind: "object", entries };
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    const items: JsonPattern<Slot>[] = [];
    for (const [index, item] of left.entries()) items.push(await jsonPattern(item, right[index] as Json, stem, pairs));
    return { kind: "array", items };
  }
  if (typeof left === "string" && typeof right === "string") {
    const text = textPattern(left, right, { stem, pairs }) ?? (left !== "" && right !== "" ? [pairs.slot(left, right, stem)] : undefined);
    if (text) return { kind: "text", text };
  }
  return { kind: "value", place: pairs.slot(left, right, stem) };
}

function nameOr(key: string, stem: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? key : stem;
}

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
 * The common skeleton of two replies and their differences; `undefined` when they are replies of two kinds. `others` are
 * replies to conversations of the same form: words that they do not have are no part of the skeleton.
 */
export async function generaliseReplies(
  left: Turn,
  right: Turn,
  { others = [], pieces = new Pieces() }: { readonly others?: readonly Turn[]; readonly pieces?: Pieces } = {},
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
    const pattern = await replyPart(part, right.parts[index] as Part, like, work);
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

/** A reply that is a text, all of it one difference: what two have in common is an accident of what they say. */
function wholeReply(left: Turn, right: Turn): GeneralisedReplies | undefined {
  const [a, b] = [left.parts[0], right.parts[0]];
  if (left.parts.length !== 1 || a?.kind !== "text" || b?.kind !== "text") return undefined;
  if (Math.max(a.text.length, b.text.length) > MAX_WHOLE || a.text === "" || b.text === "") return undefined;
  const difference = { left: a.text, right: b.text };
  return { pattern: { role: left.role, parts: [{ kind: "text", text: [difference] }] }, differences: [difference] };
}

/** What the skeleton of two replies is made with. */
interface Work {
  readonly differ: (left: Json, right: Json) => Difference;
  readonly pieces: Pieces;
}

async function replyPart(left: Part, right: Part, others: readonly Part[], work: Work): Promise<PartPattern<Difference> | undefined> {
  const { differ, pieces } = work;
  if (pieces.pace.tired) await pieces.pace.rest();
  if (left.kind === "text" && right.kind === "text") {
    const runs = alignTexts(left.text, right.text, { others: textsIn(others), sameForm: true, pieces });
    return runs && { kind: "text", text: runs.map((run) => (typeof run === "string" ? run : differ(run[0], run[1]))) };
  }
  if (left.kind === "call" && right.kind === "call" && left.tool === right.tool) {
    const args = await replyJson(left.args, right.args, work);
    return args && { kind: "call", tool: left.tool, args };
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
  if (typeof left === "string" && typeof right === "string") {
    const runs = alignTexts(left, right, { pieces });
    const common =
      runs
        ?.filter((run) => typeof run === "string")
        .join(" ")
        .match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
    // Sentences with data in them; what is short is one datum.
    if (runs && common >= 3) return { kind: "text", text: runs.map((run) => (typeof run === "string" ? run : differ(run[0], run[1]))) };
  }
  return { kind: "value", place: differ(left, right) };
}

/** The template, once every difference of the replies is explained. */
export function templateOf(
  turns: readonly TurnPattern<Slot>[],
  reply: TurnPattern<Difference>,
  explain: (difference: Difference) => Hole,
): Template {
  return { turns, reply: mapDifferences(reply, explain), guards: [] };
}

function mapDifferences(pattern: TurnPattern<Difference>, explain: (difference: Difference) => Hole): TurnPattern<Hole> {
  return mapPlaces<Difference, Hole>(pattern, explain);
}

/** What another reply of the same skeleton has at each difference; `undefined` if it is not of that skeleton. */
export function valuesAt(pattern: TurnPattern<Difference>, differences: readonly Difference[], said: Turn): readonly Json[] | undefined {
  const names = new Map(differences.map((difference, index) => [difference, String(index)]));
  const slots = mapPlaces<Difference, Slot>(pattern, (difference) => ({ name: names.get(difference) ?? "", domain: ANYTHING }));
  const binder = new Binder(new Map());
  if (matchTurn(slots, said, binder) !== "fits") return undefined;
  const found = binder.result();
  return differences.map((_difference, index) => found.get(String(index)) as Json);
}

const ANYTHING: Domain = { kinds: ["any"], values: [], except: [] };
