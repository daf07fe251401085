/** What was asked lately, by the ids of the answers, so that "why?" can be asked afterwards. */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { Answer, RefusalReason } from "../types.js";
import type { Normalised } from "./read.js";

/** What a call asked, where it could be read. */
export interface Question extends Normalised {
  readonly scope: string;
  readonly given: ReadonlyMap<string, string>;
  /** Characters of its messages. */
  readonly size: number;
}

/** What was answered then. */
export interface AnsweredBefore {
  readonly status: Answer["status"];
  readonly reason?: Exclude<Answer, { status: "hit" }>["reason"];
  /** The template, or the exact entry, that served. */
  readonly template?: string;
  /** Why what the model then said was not kept. */
  readonly refused?: RefusalReason;
}

/** A call that was answered. */
export interface AskedBefore {
  readonly question: Question | undefined;
  readonly answered: AnsweredBefore;
}

const REMEMBERED = 1_000;
// How much of the cache's bound the questions may take.
const SHARE = 1 / 16;

/** The calls answered last. What they said is kept here too: it goes when anything is erased. */
export class AskedLately {
  private readonly byId: BoundedMap<string, AskedBefore>;

  /** `maxSize` bounds the cache as a whole. */
  constructor(maxSize: number) {
    const sizeOf = ({ question }: AskedBefore): number => 8 * ENTRY_SIZE + (question?.size ?? 0);
    this.byId = new BoundedMap({ maxEntries: REMEMBERED, maxSize: maxSize * SHARE }, { sizeOf });
  }

  get holding(): Holding {
    return this.byId.holding;
  }

  note(id: string, question: Question | undefined, answer: Answer): void {
    const { status } = answer;
    const answered =
      status === "hit" ? { status, template: answer.template } : { status, reason: answer.reason };
    this.byId.set(id, { question, answered });
  }

  /** Notes why a reply was not kept. */
  refuse(id: string, refused: RefusalReason): void {
    const known = this.byId.peek(id);
    if (known) this.byId.set(id, { ...known, answered: { ...known.answered, refused } });
  }

  get(id: string): AskedBefore | undefined {
    return this.byId.peek(id);
  }

  clear(): void {
    this.byId.clear();
  }
}
