/**
 * What of a reply is kept beside what it says, so that a hit is the same object as the reply it goes back to.
 */
import type { ReplyDetails } from "reprise";
import { isRecord, type JsonRecord } from "./record-of.js";

/** Kept with a reply under `notes.openai`. */
export interface Notes {
  /** The API that gave it: another one writes replies in another way. */
  readonly api: string;
  /** Fields around what is said: the model's full name, the service tier. */
  readonly around: JsonRecord;
  /** The shape of the account of tokens, all zero. */
  readonly usage?: unknown;
  readonly [more: string]: unknown;
}

/** The notes of a reply that this API gave; `undefined` if it was recorded from elsewhere. */
export function readNotes(details: ReplyDetails, api: string): Notes | undefined {
  const notes = details.notes?.openai;
  return isRecord(notes) && notes.api === api && isRecord(notes.around) ? (notes as Notes) : undefined;
}

/** The brief fields around a reply that belong to no single run: no ids, no times. */
export function around(reply: JsonRecord, apart: readonly string[]): JsonRecord {
  const kept = Object.entries(reply).filter(
    ([name, value]) => !apart.includes(name) && !OF_ONE_RUN.test(name) && isBrief(value),
  );
  return Object.fromEntries(kept);
}

const OF_ONE_RUN = /(?:^|_)(?:id|at|created|time)$/;
const BRIEF = 300;
const isBrief = (value: unknown): boolean => (JSON.stringify(value) ?? "").length <= BRIEF;

/** An account of tokens that says zero wherever it said a number. */
export function zeroed(usage: unknown): unknown {
  if (typeof usage === "number") return 0;
  if (Array.isArray(usage)) return usage.map(zeroed);
  if (!isRecord(usage)) return usage;
  return Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, zeroed(value)]));
}

/** A number of tokens; 0 where there is none. */
export const tokens = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) ? value : 0;
