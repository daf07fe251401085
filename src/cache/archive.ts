/**
 * Turns what is known into lines of JSON, and back: to move it, to review it, to begin with it.
 *
 *   {"format":"reprise","version":1,"namespace":"acme"}
 *   {"kind":"template","read":["user: Say hello to {{name:words}}.","⇒ assistant: Hello {{name}}!"],"id":…,"at":…,"body":{…}}
 *   {"kind":"exchange","read":[…],"id":…,"at":…,"body":{…}}
 *   {"kind":"evidence","id":…,"agree":[…],"contradict":[…]}
 *   {"kind":"review","of":…,"verdict":"approve","author":"Ann","reason":"seen in PR 12","at":…}
 *   {"kind":"sighting","of":…,"seen":[…]}
 *
 * `read` is for people. It follows from `body`, and a line in which it does not is refused: what was reviewed
 * is what is used.
 */
import * as z from "zod";
import { breath } from "../template/breath.js";
import { printReply, printTurnPattern } from "../template/print.js";
import { literalTurn, mapPlaces } from "../template/visit.js";
import { formOf } from "../tree/form.js";
import type { Entry, Exchange, Knowledge } from "../tree/knowledge.js";
import { decodeEntry, encodeEntry } from "../tree/record.js";
import {
  decodeReview,
  encodeReview,
  LONGEST_AUTHOR,
  LONGEST_REASON,
  reviewedId,
  reviewId,
} from "../tree/reviews.js";
import { LONGEST_SIGHTING, sightedId, sightingId } from "../tree/sightings.js";
import type { Told } from "./keeper.js";

const FORMAT = "reprise";
const VERSION = 1;
/** A line with more characters is none of ours. */
const MAX_LINE = 1_048_576;

/** Why a line was not taken in. */
export type Refusal =
  | "not-json"
  | "not-a-record"
  | "damaged"
  | "read-differs"
  | "erased"
  | "too-long"
  | "header";

/** What an import did. */
export interface ImportReport {
  /** Templates and exchanges that were taken in, or known already. */
  readonly entries: number;
  /** Lines that were not, counted from 1, each with the reason. */
  readonly refused: readonly { readonly line: number; readonly reason: Refusal }[];
}

const header = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  namespace: z.string(),
});
const entryLine = z.strictObject({
  kind: z.enum(["template", "exchange"]),
  read: z.array(z.string()),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  at: z.number(),
  body: z.unknown(),
});
const reviewLine = z.strictObject({
  kind: z.literal("review"),
  of: z.string().regex(/^[0-9a-f]{32}$/),
  verdict: z.enum(["approve", "retire"]),
  author: z.string().max(LONGEST_AUTHOR),
  reason: z.string().max(LONGEST_REASON),
  at: z.number(),
  excused: z.array(z.string().max(50)).max(100).default([]),
});
const sightingLine = z.strictObject({
  kind: z.literal("sighting"),
  of: z.string().regex(/^[0-9a-f]{32}$/),
  seen: z.array(z.string().max(LONGEST_SIGHTING)),
});
const evidenceLine = z.strictObject({
  kind: z.literal("evidence"),
  id: z.string().regex(/^[0-9a-z-]{1,100}$/),
  agree: z.array(z.string().max(200)),
  contradict: z.array(z.string().max(200)),
});

/** What to export. */
export interface ExportOptions {
  /** Templates with their evidence and reviews alone, as a pull request wants them. Default: all that is known. */
  readonly templates?: boolean;
}

/** A line that was believed: an entry, or the evidence under an id. */
export type Line = { readonly entry: Entry } | { readonly evidence: z.output<typeof evidenceLine> };

/**
 * What is known as lines, each with its line break. The same knowledge gives the same lines, in the same
 * order.
 */
export function* linesOf(
  knowledge: Knowledge,
  namespace: string,
  { templates = false }: ExportOptions = {},
): Iterable<string> {
  yield line({ format: FORMAT, version: VERSION, namespace });
  // By what can be read, so that a change stands where it is looked for; the ids of what was read are enough
  // to hold on to.
  const order: { readonly id: string; readonly key: string }[] = [];
  for (const entry of knowledge.all()) {
    if (templates && entry.kind !== "template") continue;
    const read = readable(entry);
    if (read)
      order.push({
        id: entry.id,
        key: `${entry.kind === "template" ? 0 : 1} ${entry.scope} ${read.join("\n")} ${entry.id}`,
      });
  }
  order.sort((left, right) => (left.key < right.key ? -1 : 1));
  for (const { id } of order) {
    const entry = knowledge.get(id);
    if (entry)
      yield line({ kind: entry.kind, read: readable(entry), id, at: entry.at, body: encodeEntry(entry) });
  }
  const meant = templates ? idsOf(knowledge) : undefined;
  const evidence = new Map<string, { agree: string[]; contradict: string[] }>();
  for (const [kind, id, witness] of knowledge.allEvidence()) {
    if (meant && !meant.has(reviewedId(id) ?? id)) continue;
    const known = evidence.get(id) ?? { agree: [], contradict: [] };
    evidence.set(id, known);
    known[kind].push(witness);
  }
  for (const id of [...evidence.keys()].sort()) {
    const { agree = [], contradict = [] } = evidence.get(id) ?? {};
    const of = reviewedId(id);
    const sighted = sightedId(id);
    if (sighted !== undefined) yield line({ kind: "sighting", of: sighted, seen: agree.sort() });
    else if (of === undefined)
      yield line({ kind: "evidence", id, agree: agree.sort(), contradict: contradict.sort() });
    else for (const witness of agree.sort()) yield line({ kind: "review", of, ...decodeReview(witness) });
  }
}

/** The ids that speak of templates: their own, those of their skeletons, and those of their forms. */
function idsOf(knowledge: Knowledge): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const entry of knowledge.all())
    if (entry.kind === "template") ids.add(entry.id).add(entry.skeleton).add(formOf(entry));
  return ids;
}

/** What a line says, or why it is not believed. The first line of a file is its header, and gives nothing. */
function readLine(text: string, isFirst: boolean, namespace: string): Line | Refusal | undefined {
  if (text.length > MAX_LINE) return "too-long";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "not-json";
  }
  if (isFirst) {
    const parsed = header.safeParse(value);
    return parsed.success && parsed.data.namespace === namespace ? undefined : "header";
  }
  const evidence = evidenceLine.safeParse(value);
  if (evidence.success) return { evidence: evidence.data };
  const review = reviewLine.safeParse(value);
  if (review.success) {
    const { kind: _, of, ...said } = review.data;
    return { evidence: { kind: "evidence", id: reviewId(of), agree: [encodeReview(said)], contradict: [] } };
  }
  const sighting = sightingLine.safeParse(value);
  if (sighting.success) {
    const { of, seen } = sighting.data;
    return { evidence: { kind: "evidence", id: sightingId(of), agree: seen, contradict: [] } };
  }
  const parsed = entryLine.safeParse(value);
  if (!parsed.success) return "not-a-record";
  const { kind, id, at, body, read } = parsed.data;
  try {
    const entry = decodeEntry({ id, at, body });
    if (entry.kind !== kind) return "damaged";
    const own = readable(entry);
    if (!own) return "damaged";
    return own.length === read.length && own.every((part, index) => part === read[index])
      ? { entry }
      : "read-differs";
  } catch {
    return "damaged";
  }
}

/** What takes in what lines say. */
export interface Importer {
  /** Returns whether the entry is known now. */
  admit(entry: Entry): boolean;
  believe(evidence: Told): void;
}

// Lines that are taken in before the event loop gets a turn.
const AT_ONCE = 20;

/** Hands over what lines say that were exported from a namespace. Gives the exchanges among it too. */
export async function importLines(
  source: Iterable<string> | AsyncIterable<string | Uint8Array>,
  namespace: string,
  importer: Importer,
): Promise<ImportReport & { readonly exchanges: readonly Exchange[] }> {
  const refused: { readonly line: number; readonly reason: Refusal }[] = [];
  const exchanges: Exchange[] = [];
  // Evidence tells no time: what speaks of nothing but what was erased is not believed.
  const [erased, taken] = [new Set<string>(), new Set<string>()];
  const isErased = (found: Line): boolean => {
    if ("evidence" in found) {
      const subject = subjectOf(found.evidence.id);
      return erased.has(subject) && !taken.has(subject);
    }
    const isTaken = importer.admit(found.entry);
    for (const subject of subjectsOf(found.entry)) (isTaken ? taken : erased).add(subject);
    return !isTaken;
  };
  let entries = 0;
  let number = 0;
  for await (const text of linesIn(source)) {
    number++;
    const found = readLine(text, number === 1, namespace);
    const reason = typeof found === "string" ? found : found && isErased(found) ? "erased" : undefined;
    if (reason) refused.push({ line: number, reason });
    if (reason === "header") break;
    if (!found || reason || typeof found === "string") continue;
    if ("entry" in found) {
      entries++;
      if (found.entry.kind === "exchange") exchanges.push(found.entry);
    } else importer.believe(found.evidence);
    if (number % AT_ONCE === 0) await breath();
  }
  return { entries, refused, exchanges };
}

/** The ids that evidence about an entry may stand under, in part. */
function subjectsOf(entry: Entry): string[] {
  return entry.kind === "template" ? [entry.id, entry.skeleton, formOf(entry)] : [entry.id];
}

/** What a piece of evidence is about: its id is a digest, behind the name of what is noted of it. */
function subjectOf(id: string): string {
  return id.slice(id.lastIndexOf("-") + 1);
}

/** The lines of a text that comes in pieces of any size. */
async function* linesIn(
  source: Iterable<string> | AsyncIterable<string | Uint8Array>,
): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of typeof source === "string" ? [source] : source) {
    rest += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    // What has no end in sight is one line that is too long, and need not be kept.
    if (rest.length > 2 * MAX_LINE) rest = rest.slice(0, MAX_LINE + 1);
  }
  if (rest !== "") yield rest;
}

/** An entry as people read it; `undefined` if it is damaged. */
function readable(entry: Entry): string[] | undefined {
  try {
    if (entry.kind === "template")
      return [...entry.template.turns.map(printTurnPattern), `⇒ ${printReply(entry.template.reply)}`];
    const said = mapPlaces(literalTurn(entry.said), (never) => never);
    return [...entry.turns.map((turn) => printTurnPattern(literalTurn(turn))), `⇒ ${printReply(said)}`];
  } catch {
    return undefined;
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
