/**
 * Which templates do not count until somebody who knows of an erasure has looked at them; see erasures.ts.
 */

import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { Entry } from "../tree/knowledge.js";
import { ASKED_FOR, type Erasures } from "./erasures.js";

/**
 * How long a template waits to be looked at, after the erasure. Its writer reads the store every
 * `pollInterval`.
 */
const GRACE = 10_000;
// Beyond it the oldest are asked about no more; what of them is held counts when it is read for the first
// time again.
const ASKED = { maxEntries: 20_000, maxSize: 32 * 1024 * 1024 };
const QUESTION_SIZE = 6 * ENTRY_SIZE;

interface Question {
  readonly at: number;
  /** What its puts say of the erasures that their writers knew. */
  readonly marks: Set<string | undefined>;
  /** Whether it was learned here: then it is looked at here. */
  readonly isOwn: boolean;
  /** The template, while it does not count. */
  held: Entry | undefined;
}

/** The templates of the last time, and who has looked at them. */
export class Questions {
  private readonly asked = new BoundedMap<string, Question>(ASKED, {
    sizeOf: ({ held }) => QUESTION_SIZE + (held?.size ?? 0),
  });

  constructor(private readonly erasures: Erasures) {}

  /** What it holds, for `stats()`. */
  get holding(): Holding {
    return this.asked.holding;
  }

  /** Takes note that a template was put here with a mark. */
  put(id: string, at: number, mark: string | undefined): void {
    this.ask(id, at, true).marks.add(mark);
  }

  /** Whether a template was learned here, not long ago. */
  isOwn(id: string): boolean {
    return this.asked.peek(id)?.isOwn === true;
  }

  /** Whether a template that another process has put counts. If not, it is held until it does. */
  admits(entry: Entry, mark: string | undefined, now: number): boolean {
    if (entry.kind !== "template" || entry.at < now - ASKED_FOR) return true;
    const question = this.ask(entry.id, entry.at, false);
    question.marks.add(mark);
    if (question.isOwn || this.erasures.doubts(entry.at, question.marks) === undefined) return true;
    this.hold(entry.id, question, entry);
    return false;
  }

  /**
   * Holds what no longer counts, now that another erasure is known. `remove` takes it out of what is known.
   */
  reconsider(remove: (id: string) => Entry | undefined): void {
    for (const [id, question] of [...this.asked]) {
      if (question.isOwn || question.held || this.erasures.doubts(question.at, question.marks) === undefined)
        continue;
      this.hold(id, question, remove(id));
    }
  }

  /** What counts by now, and what nobody has looked at in time: its ids, and when it was learned. */
  settle(now: number): { readonly counted: readonly Entry[]; readonly vain: ReadonlyMap<string, number> } {
    const counted: Entry[] = [];
    const vain = new Map<string, number>();
    for (const [id, question] of this.asked) {
      const doubted = question.held && this.erasures.doubts(question.at, question.marks);
      if (question.held && doubted === undefined) {
        counted.push(question.held);
        question.held = undefined;
      } else if (doubted !== undefined && doubted < now - GRACE) {
        vain.set(id, question.at);
        this.asked.delete(id);
      } else if (question.at < now - ASKED_FOR) this.asked.delete(id);
    }
    return { counted, vain };
  }

  /** Asks no more about a template that was erased. */
  drop(id: string): void {
    this.asked.delete(id);
  }

  private hold(id: string, question: Question, entry: Entry | undefined): void {
    question.held = entry;
    // Weighed anew.
    this.asked.set(id, question);
  }

  private ask(id: string, at: number, isOwn: boolean): Question {
    const known = this.asked.peek(id);
    if (known && known.at >= at) return known;
    const question: Question = { at, marks: new Set(), isOwn, held: undefined };
    this.asked.set(id, question);
    return question;
  }
}
