/** Which stretches of a text look like data: numbers, names, codes, quotations. */

/** A stretch of text, from token boundary to token boundary. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

// A token: letters, digits and what joins them inside names, codes, numbers, addresses, paths.
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[.,:'’@&/_+-]+[\p{L}\p{M}\p{N}]+)*/gu;
const QUOTED = /"([^"\n]{1,400})"|“([^”\n]{1,400})”|(?<![\p{L}\p{N}])'([^'\n]{1,400})'(?![\p{L}\p{N}])|`([^`\n]{1,400})`/gu;
// Small words that stand inside names ("The History of World Film") without being data themselves ...
const JOINING = new Set(["of", "the", "de", "la", "von", "van", "&"]);
// ... and those that stand as often between two names ("Ann for Bob") as inside one ("Alice in Wonderland").
const BETWEEN = new Set(["and", "in", "for", "to", "a", "an", "on"]);

/** The tokens of a text, in order. */
export function tokensOf(text: string): Mention[] {
  return Array.from(text.matchAll(TOKEN), (match) => ({ start: match.index, end: match.index + match[0].length, text: match[0] }));
}

/** Whether a token by itself looks like data: it has a digit, or capitals where a sentence needs none. */
function isDataToken(token: Mention, text: string): boolean {
  if (/\p{N}/u.test(token.text) || /[@/_]/.test(token.text)) return true;
  if (!/\p{Lu}/u.test(token.text)) return false;
  return /\p{Lu}.*\p{Lu}|\p{Ll}\p{Lu}/u.test(token.text) || !opensSentence(text, token.start);
}

function isCode(token: string): boolean {
  return /\p{N}|[@/_]/u.test(token);
}

function opensSentence(text: string, start: number): boolean {
  return /(?:^|[.!?:\n]["'“(]?)\s*$/u.test(text.slice(Math.max(0, start - 4), start));
}

/**
 * Runs of data tokens, joined across small words and single separators, and everything in quotation marks. Where a small
 * word may stand between two names as well as inside one, both the whole and its parts are mentions. A code is joined to
 * nothing: `u-777 of Bob Dole` are two.
 */
export function mentionsOf(text: string): Mention[] {
  const found: Mention[] = [];
  for (const match of text.matchAll(QUOTED)) {
    const inner = match[1] ?? match[2] ?? match[3] ?? match[4] ?? "";
    const start = match.index + 1;
    if (inner.trim() === inner && inner !== "") found.push({ start, end: start + inner.length, text: inner });
  }
  const tokens = tokensOf(text);
  for (let index = 0; index < tokens.length; index++) {
    const first = tokens[index] as Mention;
    if (!isDataToken(first, text)) continue;
    let last = first;
    let start = first.start;
    const parts: { start: number; end: number }[] = [];
    let between: number | undefined;
    for (let next = index + 1; next < tokens.length; next++) {
      const token = tokens[next] as Mention;
      if (text.slice((tokens[next - 1] as Mention).end, token.start) !== " ") break;
      if (isDataToken(token, text)) {
        if (/^\p{N}/u.test(token.text) !== /^\p{N}/u.test(last.text)) break;
        if (next > index + 1 && (isCode(last.text) || isCode(token.text))) break;
        if (between !== undefined) {
          parts.push({ start, end: between });
          start = token.start;
          between = undefined;
        }
        last = token;
        index = next;
      } else if (BETWEEN.has(token.text)) between ??= last.end;
      else if (!JOINING.has(token.text.toLowerCase())) break;
    }
    if (parts.length > 0) parts.push({ start, end: last.end });
    for (const span of [{ start: first.start, end: last.end }, ...parts]) found.push({ ...span, text: text.slice(span.start, span.end) });
  }
  return found;
}
