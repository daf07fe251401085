/** What no question means by: whether it begins with a capital, and the mark it ends with. */
import { DATUM, neighbour, type Rewording } from "./stretches.js";

const MARKS = ["", ".", "!", "?"];

/**
 * A text, given in pieces, with another first letter (`Turn` for `turn`) or another final mark, as far as texts
 * have begun and ended so: `stood` says whether two pieces have stood side by side, an empty one where a text
 * begins or ends.
 */
export function spellingsOf(
  pieces: readonly string[],
  stood: (before: string, after: string) => boolean,
): Rewording[] {
  const last = pieces.at(-1) ?? "";
  const mark = MARKS.includes(last) ? last : "";
  const body = mark === "" ? pieces : pieces.slice(0, -1);
  const [first = "", ...others] = body;
  if (!/\p{L}/u.test(first)) return [];
  const rest = others.join("");
  const end = neighbour(body, body.length - 1, -1);
  const firsts = [first, toggled(first)].filter((word) => word === first || stood("", word));
  const marks = MARKS.filter(
    (other) => other === mark || (other === "" ? [end, DATUM] : [other]).some((piece) => stood(piece, "")),
  );
  return firsts.flatMap((begin) =>
    marks.flatMap((to): Rewording[] => {
      if (begin === first && to === mark) return [];
      const text = begin + rest + to;
      // Where only the beginning differs, that is what stands in other words.
      return to === mark
        ? [{ text, start: 0, end: begin.length, from: first, to: begin }]
        : [{ text, start: begin.length + rest.length, end: text.length, from: mark, to }];
    }),
  );
}

function toggled(word: string): string {
  const [letter = ""] = word;
  const small = letter.toLowerCase();
  return (letter === small ? letter.toUpperCase() : small) + word.slice(letter.length);
}
