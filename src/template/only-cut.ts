/**
 * The one way to cut a text at literals that stand in it several times, where the values of the slots between
 * leave only one.
 */
import { find } from "./find.js";
import type { Slot } from "./template.js";
import { isFormed } from "./value-kinds.js";

/** A text that lies between two ends: slots with literals between them, one slot more than literals. */
export interface Stretch {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly slots: readonly Slot[];
  readonly literals: readonly string[];
}

// A literal that stands in more places makes too many cuts to try.
const MAX_PLACES = 12;

/**
 * Where each literal stands in the only cut in which `admits` takes every slot's value; `undefined` if there
 * are several, or too many to try. Tried only where some slot takes values of a definite form: only such a
 * slot tells cuts apart.
 *
 *     pattern   ‹n:integer› ‹what›     cuts of "3 desk lamps":   3 · desk lamps   the only one
 *                                                                3 desk · lamps   "3 desk" is no integer
 *
 * Counts the ways from right to left, so that the work grows with the places of neighbours and not with all
 * their combinations.
 */
export function onlyCut(
  { text, from, to, slots, literals }: Stretch,
  admits: (slot: Slot, value: string) => boolean,
): number[] | undefined {
  if (!slots.some(({ domain }) => domain.kinds.every(isFormed))) return undefined;
  const within = text.slice(0, to);
  const places = literals.map((literal) => placesOf(literal, within, from + 1));
  if (places.some((each) => each.length > MAX_PLACES)) return undefined;
  // For each place of the literal on the right: how many cuts there are from there on, up to two, and the
  // next place of one.
  let right: Way[] = [{ at: to, count: 1, next: undefined }];
  for (let index = literals.length - 1; index >= 0; index--) {
    const slot = slots[index + 1] as Slot;
    const length = literals[index]?.length ?? 0;
    right = (places[index] ?? []).flatMap((at) =>
      before(right, at, (end) => end > at + length && admits(slot, text.slice(at + length, end))),
    );
  }
  const [way] = before(right, from, (end) => end > from && admits(slots[0] as Slot, text.slice(from, end)));
  if (way?.count !== 1) return undefined;
  const cut: number[] = [];
  for (let next = way.next; next && next.at < to; next = next.next) cut.push(next.at);
  return cut;
}

/** A place of a literal, how many cuts there are from it to the end, and the next place in one of them. */
interface Way {
  readonly at: number;
  readonly count: number;
  readonly next: Way | undefined;
}

function before(right: readonly Way[], at: number, fits: (end: number) => boolean): Way[] {
  const next = right.filter((way) => fits(way.at));
  const count = next.reduce((sum, way) => sum + way.count, 0);
  return count > 0 ? [{ at, count: Math.min(count, 2), next: next[0] }] : [];
}

function placesOf(literal: string, text: string, from: number): number[] {
  const places: number[] = [];
  for (
    let at = find(text, literal, from);
    at >= 0 && places.length <= MAX_PLACES;
    at = find(text, literal, at + 1)
  )
    places.push(at);
  return places;
}
