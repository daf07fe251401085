/**
 * What people have said of templates. It is told, stored and exported as a piece of evidence under an id of its own,
 * so that every version of this code carries it on:
 *
 *   agree  review-9f0c…  ["approve",1763766000000,"Ann","seen in PR 12",["a0317c45d2e8"]]
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { Review } from "../types.js";
import { formOf } from "./form.js";
import type { Learnt } from "./known.js";

/** As it is kept: with the contradictions that whoever approved has put up with, by the ends of their witnesses. */
export interface KeptReview extends Review {
  readonly excused: readonly string[];
}

const PREFIX = "review-";
// Of one template. Older ones tell nothing any more.
const MOST_EACH = 20;
const MOST_TEMPLATES = 20_000;
const MOST_EXCUSED = 40;
const MOST_CHARACTERS = 4_000;
const WITNESS_END = 12;
/** The longest name of an author, and the longest reason, in characters: an event of the store holds both. */
export const LONGEST_AUTHOR = 100;
export const LONGEST_REASON = 500;

/** The id under which it is kept what was said of a template, or of all that share a form. */
export function reviewId(id: string): string {
  return `${PREFIX}${id}`;
}

/** The id that a review's id is about; `undefined` if it is none. */
export function reviewedId(id: string): string | undefined {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
}

/** A review as the witness of a piece of evidence. */
export function encodeReview({ verdict, at, author, reason, excused }: KeptReview): string {
  return JSON.stringify([verdict, at, plainText(author), plainText(reason), excused.slice(0, MOST_EXCUSED)]);
}

/** A text on one line, without what takes many characters to write. */
function plainText(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}/gu, " ");
}

/** The review in a witness, or `undefined`. */
export function decodeReview(witness: string): KeptReview | undefined {
  if (witness.length > MOST_CHARACTERS) return undefined;
  try {
    const [verdict, at, author, reason, excused] = JSON.parse(witness) as unknown[];
    if (verdict !== "approve" && verdict !== "retire") return undefined;
    if (typeof author !== "string" || typeof reason !== "string" || !Number.isFinite(at)) return undefined;
    if (!Array.isArray(excused) || !excused.every((each) => typeof each === "string")) return undefined;
    return { verdict, at: at as number, author, reason, excused };
  } catch {
    return undefined;
  }
}

/** What is kept of contradictions, so that an approval can excuse them. */
export function excusable(contradictions: ReadonlySet<string>): string[] {
  return [...contradictions].filter((witness) => !witness.startsWith(PREFIX)).map(endOf);
}

/** Whether something has spoken against a template that whoever approved it did not know of. */
export function isContradictedSince({ excused }: KeptReview, contradictions: ReadonlySet<string>): boolean {
  for (const witness of contradictions)
    if (!witness.startsWith(PREFIX) && !excused.includes(endOf(witness))) return true;
  return false;
}

const endOf = (witness: string): string => witness.slice(-WITNESS_END);

/** A review beside the witness that it was read from. */
interface Told {
  readonly witness: string;
  readonly review: KeptReview;
}

/** All reviews that are known. Sets, so that the order in which they come does not matter: the latest counts. */
export class Reviews {
  private readonly byId: BoundedMap<string, readonly Told[]>;

  constructor(maxSize: number) {
    const sizeOf = (told: readonly Told[]): number =>
      told.reduce((sum, { witness }) => sum + ENTRY_SIZE + 2 * witness.length, 2 * ENTRY_SIZE);
    this.byId = new BoundedMap({ maxEntries: MOST_TEMPLATES, maxSize }, { sizeOf });
  }

  get holding(): Holding {
    return this.byId.holding;
  }

  /** Takes a review in, by the id it is kept under. Returns whether it was new, and is one. */
  note(id: string, witness: string): boolean {
    const known = this.byId.peek(id) ?? [];
    const review = decodeReview(witness);
    if (!review || known.some((told) => told.witness === witness)) return false;
    const kept = [...known, { witness, review }].sort(byTime).slice(0, MOST_EACH);
    this.byId.set(id, kept);
    return kept.some((told) => told.witness === witness);
  }

  /** All that was said of a template and of those that share its form, the latest first. */
  of(learnt: Learnt): readonly KeptReview[] {
    const own = this.byId.peek(reviewId(learnt.id)) ?? [];
    const shared = this.byId.peek(reviewId(formOf(learnt))) ?? [];
    const told = new Map([...shared, ...own].map((each) => [each.witness, each]));
    return [...told.values()].sort(byTime).map(({ review }) => review);
  }

  /** What counts of it: the latest. */
  latest(learnt: Learnt): KeptReview | undefined {
    if (this.byId.size === 0) return undefined;
    const own = this.byId.peek(reviewId(learnt.id))?.[0];
    const shared = this.byId.peek(reviewId(formOf(learnt)))?.[0];
    return (own && shared && byTime(own, shared) > 0 ? shared : (own ?? shared))?.review;
  }

  /** Whether anything is kept under an id. */
  has(id: string): boolean {
    return this.byId.has(id);
  }

  drop(id: string): void {
    this.byId.delete(id);
  }

  /** All of them, each with the id it is kept under. */
  *all(): Iterable<readonly [id: string, witness: string]> {
    for (const [id, told] of this.byId) for (const { witness } of told) yield [id, witness];
  }
}

/** The latest first; of those of one moment the one that retires. */
function byTime(left: Told, right: Told): number {
  const [a, b] = [left.review, right.review];
  return b.at - a.at || b.verdict.localeCompare(a.verdict) || (left.witness < right.witness ? -1 : 1);
}
