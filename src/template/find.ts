/** Where a text holds another: linear, whatever the two are made of. */

// Up to this product of lengths the engine's own search is fast even at its worst, which is not linear.
const PRODUCT = 4_000_000;
// A long literal mostly stands near where it is looked for: so many places are tried one by one, as long as
// that is no more work.
const TRIES = 64;
const TRIED = 32_000_000;

/**
 * Where a text first holds a literal, from an offset on; -1 if nowhere. Linear (Knuth, Morris, Pratt) where
 * it matters.
 */
export function find(text: string, literal: string, from: number): number {
  if (literal.length < 2 || (text.length - from) * literal.length <= PRODUCT)
    return text.indexOf(literal, from);
  const last = Math.min(
    text.length - literal.length,
    from + Math.min(TRIES, Math.floor(TRIED / literal.length)) - 1,
  );
  for (let start = from; start <= last; start++) if (text.startsWith(literal, start)) return start;
  return text.length - literal.length <= last ? -1 : search(text, literal, last + 1);
}

function search(text: string, literal: string, from: number): number {
  const borders = new Uint32Array(literal.length);
  for (let at = 1, border = 0; at < literal.length; at++) {
    const code = literal.charCodeAt(at);
    while (border > 0 && literal.charCodeAt(border) !== code) border = borders[border - 1] as number;
    if (literal.charCodeAt(border) === code) border++;
    borders[at] = border;
  }
  for (let at = from, fits = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    while (fits > 0 && literal.charCodeAt(fits) !== code) fits = borders[fits - 1] as number;
    if (literal.charCodeAt(fits) === code) fits++;
    if (fits === literal.length) return at - fits + 1;
  }
  return -1;
}
