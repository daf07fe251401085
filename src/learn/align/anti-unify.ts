/** What two exchanges of one form have in common: a template of it (anti-unification), with a slot for every difference. */

import type { Bindings } from "../../template/derivation/expression.js";
import type { Domain } from "../../template/domain.js";
import { equalJson, type Json, printJson, scalarText } from "../../template/json.js";
import { Binder, matchTurn } from "../../template/match.js";
import type { Hole, JsonPattern, PartPattern, Slot, Template, TextPattern, TurnPattern } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { mapPlaces } from "../../template/visit.js";
import { type Alignment, alignTexts } from "./align-text.js";
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
export function generaliseTurns(
  left: readonly Turn[],
  right: readonly Turn[],
  others: readonly (readonly Turn[])[] = [],
): Generalised | undefined {
  if (left.length !== right.length) return undefined;
  const pairs = new Pairs();
  const turns: TurnPattern<Slot>[] = [];
  for (const [index, turn] of left.entries()) {
    const like = others.flatMap((other) => other[index] ?? []);
    const pattern = turnPattern(turn, right[index] as Turn, like, pairs);
    if (!pattern) return undefined;
    turns.push(pattern);
  }
  return pairs.size === 0 ? undefined : { turns, left: pairs.left, right: pairs.right };
}

/** The variables of one generalisation: one for each pair of values. */
class Pairs {
  readonly left = new Map<string, Json>();
  readonly right = new Map<string, Json>();
  private readonly names = new Map<string, string>();

  get size(): number {
    return this.names.size;
  }

  slot(left: Json, right: Json, stem: string): Slot {
    const key = `${keyOf(left)}\u0000${keyOf(right)}`;
    let name = this.names.get(key);
    if (name === undefined) {
      name = stem;
      for (let count = 2; this.left.has(name); count++) name = `${stem}_${count}`;
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

function turnPattern(left: Turn, right: Turn, others: readonly Turn[], pairs: Pairs): TurnPattern<Slot> | undefined {
  if (left.role !== right.role || left.name !== right.name || left.parts.length !== right.parts.length) return undefined;
  const parts: PartPattern<Slot>[] = [];
  for (const [index, part] of left.parts.entries()) {
    const like = others.flatMap(({ parts: each }) => each[index] ?? []);
    const pattern = partPattern(part, right.parts[index] as Part, { role: left.role, others: like, pairs });
    if (!pattern) return undefined;
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

function partPattern(left: Part, right: Part, { role, others, pairs }: Surroundings): PartPattern<Slot> | undefined {
  if (left.kind === "text" && right.kind === "text") {
    const text = textPattern(left.text, right.text, { stem: "text", others: textsIn(others), pairs });
    if (text) return { kind: "text", text };
    // What the assistant said on the way was worded anew; a short message of a user may be the datum itself.
    if (role === "assistant") return { kind: "text", text: [pairs.slot(left.text, right.text, "said")] };
    const isDatum = role === "user" && Math.max(left.text.length, right.text.length) <= MAX_DATUM;
    return isDatum ? { kind: "text", text: [pairs.slot(left.text, right.text, "asked")] } : undefined;
  }
  if (left.kind === "json" && right.kind === "json") return { kind: "json", value: jsonPattern(left.value, right.value, "result", pairs) };
  if (left.kind === "call" && right.kind === "call" && left.tool === right.tool) {
    const args = jsonPattern(left.args, right.args, "argument", pairs);
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
  const runs = alignTexts(left, right, { others });
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

function jsonPattern(left: Json, right: Json, stem: string, pairs: Pairs): JsonPattern<Slot> {
  if (equalJson(left, right)) return { kind: "literal", value: left };
  if (left instanceof Map && right instanceof Map && left.size === right.size && [...left.keys()].every((key) => right.has(key))) {
    const entries = [...left].map(([key, item]): [string, JsonPattern<Slot>] => [
      key,
      jsonPattern(item, right.get(key) as Json, nameOr(key, stem), pairs),
    ]);
    return { kind: "object", entries: new Map(entries) };
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return { kind: "array", items: left.map((item, index) => jsonPattern(item, right[index] as Json, stem, pairs)) };
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

/**
 * The common skeleton of two replies and their differences; `undefined` when they are replies of two kinds. `others` are
 * replies to conversations of the same form: words that they do not have are no part of the skeleton.
 */
export function generaliseReplies(
  left: Turn,
  right: Turn,
  others: readonly Turn[] = [],
): { pattern: TurnPattern<Difference>; differences: readonly Difference[] } | undefined {
  if (left.parts.length !== right.parts.length) return undefined;
  const differences: Difference[] = [];
  const differ = (a: Json, b: Json): Difference => {
    const known = differences.find((each) => equalJson(each.left, a) && equalJson(each.right, b));
    if (known) return known;
    const fresh = { left: a, right: b };
    differences.push(fresh);
    return fresh;
  };
  const parts: PartPattern<Difference>[] = [];
  for (const [index, part] of left.parts.entries()) {
    const like = others.flatMap(({ parts: each }) => each[index] ?? []);
    const pattern = replyPart(part, right.parts[index] as Part, like, differ);
    if (!pattern) return undefined;
    parts.push(pattern);
  }
  const pattern = { role: left.role, parts };
  const isShared = others.every((other) => valuesAt(pattern, differences, other));
  return isShared ? { pattern, differences } : (wholeReply(left, right) ?? { pattern, differences });
}

// How long a text may be to be one datum, in characters.
const MAX_WHOLE = 300;

/** A reply that is a text, all of it one difference: what two have in common is an accident of what they say. */
function wholeReply(left: Turn, right: Turn): { pattern: TurnPattern<Difference>; differences: readonly Difference[] } | undefined {
  const [a, b] = [left.parts[0], right.parts[0]];
  if (left.parts.length !== 1 || a?.kind !== "text" || b?.kind !== "text") return undefined;
  if (Math.max(a.text.length, b.text.length) > MAX_WHOLE || a.text === "" || b.text === "") return undefined;
  const difference = { left: a.text, right: b.text };
  return { pattern: { role: left.role, parts: [{ kind: "text", text: [difference] }] }, differences: [difference] };
}

type Differ = (left: Json, right: Json) => Difference;

function replyPart(left: Part, right: Part, others: readonly Part[], differ: Differ): PartPattern<Difference> | undefined {
  if (left.kind === "text" && right.kind === "text") {
    const runs = alignTexts(left.text, right.text, { others: textsIn(others), sameForm: true });
    return runs && { kind: "text", text: runs.map((run) => (typeof run === "string" ? run : differ(run[0], run[1]))) };
  }
  if (left.kind === "call" && right.kind === "call" && left.tool === right.tool) {
    const args = replyJson(left.args, right.args, differ);
    return args && { kind: "call", tool: left.tool, args };
  }
  return undefined;
}

function replyJson(left: Json, right: Json, differ: Differ): JsonPattern<Difference> | undefined {
  if (equalJson(left, right)) return { kind: "literal", value: left };
  if (left instanceof Map && right instanceof Map) {
    if (left.size !== right.size) return undefined;
    const entries = new Map<string, JsonPattern<Difference>>();
    for (const [key, item] of left) {
      const other = right.get(key);
      const pattern = other === undefined ? undefined : replyJson(item, other, differ);
      if (!pattern) return undefined;
      entries.set(key, pattern);
    }
    return { kind: "object", entries };
  }
  if (left instanceof Map || right instanceof Map) return undefined;
  if (typeof left === "string" && typeof right === "string") {
    const runs = alignTexts(left, right);
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
  const slots = mapPlaces<Difference, Slot>(pattern, (difference) => ({ name: String(differences.indexOf(difference)), domain: ANYTHING }));
  const binder = new Binder(new Map());
  if (matchTurn(slots, said, binder) !== "fits") return undefined;
  const found = binder.result();
  return differences.map((_difference, index) => found.get(String(index)) as Json);
}

const ANYTHING: Domain = { kinds: ["any"], values: [], except: [] };
