/** Which of two templates covers strictly less, so that it may win where they disagree. */

import type { Bindings } from "../template/derivation/expression.js";
import { accepts, type Domain, domainCovers } from "../template/domain.js";
import { fillerOf } from "../template/fill.js";
import type { Json } from "../template/json.js";
import { Binder, matchTurn } from "../template/match.js";
import { mapPart } from "../template/parts/index.js";
import type { Slot, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { sampleOf } from "../template/value-kinds.js";

type Turns = readonly TurnPattern<Slot>[];

/**
 * Whether `narrow` fits only conversations that `wide` fits too, and fewer. May say no of a pair it cannot
 * decide.
 */
export function isMoreSpecific(narrow: Turns, wide: Turns): boolean {
  return covers(wide, narrow) && !covers(narrow, wide);
}

/**
 * Matches `wide` against `narrow` itself, each slot of `narrow` standing as a mark that no text contains. A
 * slot of `wide` that takes exactly one mark must have the wider domain; one that takes marks among literal
 * text must accept a sample of it.
 */
function covers(wide: Turns, narrow: Turns): boolean {
  if (wide.length !== narrow.length) return false;
  const marks = new Marks();
  let bindings: Bindings = new Map();
  for (const [index, pattern] of wide.entries()) {
    const turn = markedTurn(narrow[index] as TurnPattern<Slot>, marks);
    const binder = new Binder(bindings, (slot, value) => admits(slot.domain, value, marks));
    if (matchTurn(pattern, turn, binder) !== "fits") return false;
    bindings = binder.result();
  }
  return true;
}

/**
 * Texts that stand for slots: one for each variable, so that a slot that occurs twice must be taken as one.
 */
class Marks {
  private readonly byName = new Map<string, string>();
  private readonly domains = new Map<string, Domain>();

  of(slot: Slot): string {
    let mark = this.byName.get(slot.name);
    if (mark === undefined) {
      // A private-use character between control characters: no digit or letter that a literal could cut.
      mark = `\u0000${String.fromCharCode(0xe000 + this.byName.size)}\u0001`;
      this.byName.set(slot.name, mark);
      this.domains.set(mark, slot.domain);
    }
    return mark;
  }

  domain(mark: string): Domain | undefined {
    return this.domains.get(mark);
  }
}

const MARK = /\u0000[\ue000-\uf8ff]\u0001/g;

function admits(domain: Domain, value: Json, marks: Marks): boolean {
  if (typeof value !== "string") return accepts(domain, value);
  const whole = marks.domain(value);
  if (whole) return domainCovers(domain, whole);
  return accepts(
    domain,
    value.replace(MARK, (mark) => {
      const kind = marks.domain(mark)?.kinds[0];
      return kind === undefined ? (marks.domain(mark)?.values[0] ?? "") : sampleOf(kind);
    }),
  );
}

function markedTurn(pattern: TurnPattern<Slot>, marks: Marks): Turn {
  const marking = fillerOf<Slot>({ valueOf: (slot) => marks.of(slot), unwritable: neverCalled });
  return { ...pattern, parts: pattern.parts.map((part) => mapPart(part, marking)) };
}

function neverCalled(): never {
  throw new TypeError("a mark is a text");
}
