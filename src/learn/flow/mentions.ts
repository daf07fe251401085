/** Which stretches of a text look like data: numbers, names, codes, quotations. */

/** A stretch of text, from token boundary to token boundary. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

// A token: letters, digits and what joins them inside names, codes, numbers, addresses, paths. What is longer
// than any of these is cut, so that no single step takes long.
const TOKEN = /[\p{L}\p{M}\p{N}]{1,16384}(?:[.,:'’@&/_+-]+[\p{L}\p{M}\p{N}]{1,16384}){0,4096}/gu;
// The signs that open a quotation, and those that close it.
const QUOTES: ReadonlyMap<number, string> = new Map(
  ['""', "“”", "''", "``"].map(([open = "", close = ""]) => [open.charCodeAt(0), close]),
);
const BACKQUOTE = "`".charCodeAt(0);
const CURLED = "“".charCodeAt(0);
const APOSTROPHE = "'".charCodeAt(0);
// In characters.
const MAX_QUOTED = 400;
// Small words that stand inside names ("The History of World Film") without being data themselves ...
const JOINING = new Set(["of", "the", "de", "la", "von", "van", "&"]);
// ... and those that stand as often between two names ("Ann for Bob") as inside one ("Alice in Wonderland").
const BETWEEN = new Set(["and", "in", "for", "to", "a", "an", "on"]);

/** The tokens of a text, in order. */
export function* eachToken(text: string): Iterable<Mention> {
  for (const { 0: token, index: start } of text.matchAll(TOKEN))
    yield { start, end: start + token.length, text: token };
}

/** The tokens of a text, in order. */
export function tokensOf(text: string): Mention[] {
  return [...eachToken(text)];
}

/** Whether a token by itself looks like data: it has a digit, or capitals where a sentence needs none. */
function isDataToken(token: Mention, text: string): boolean {
  // Most tokens are words in small letters.
  if (!/[\p{N}\p{Lu}@/_]/u.test(token.text)) return false;
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

// How many words, and how many characters, are looked at before whoever asks may rest.
const PATIENCE = 64;
const LONG = 1_024;

/**
 * What stands in quotation marks, on one line. Each text is read once: a sign is looked for again only behind
 * where it was found.
 */
function* eachQuotation(text: string): Iterable<Mention | undefined> {
  const found = new Map<string, number>();
  const next = (sign: string, from: number): number => {
    let at = found.get(sign) ?? -1;
    if (at < from) {
      at = text.indexOf(sign, from);
      if (at < 0) at = text.length;
      found.set(sign, at);
    }
    return at;
  };
  let end = 0;
  for (let open = 0; open < text.length; open++) {
    if (open % LONG === 0) yield undefined;
    const sign = text.charCodeAt(open);
    // Few signs have so low a code, and nearly none a high one.
    const close = sign <= BACKQUOTE || sign === CURLED ? QUOTES.get(sign) : undefined;
    const start = open + 1;
    if (close === undefined || open < end || text[start] === close) continue;
    const at = next(close, start);
    const isQuotation = at < text.length && at - start <= MAX_QUOTED && next("\n", start) > at;
    // An apostrophe stands inside a word, or at its end.
    if (!isQuotation || (sign === APOSTROPHE && (isWordAt(text, open - 1) || isWordAt(text, at + 1))))
      continue;
    yield { start, end: at, text: text.slice(start, at) };
    end = at + 1;
  }
}

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  // The second half of a character stands behind its first.
  const char =
    (code & 0xfc00) === 0xdc00
      ? text.slice(at - 1, at + 1)
      : String.fromCodePoint(text.codePointAt(at) ?? 32);
  return /[\p{L}\p{N}]/u.test(char);
}

/**
 * Runs of data tokens, joined across small words and single separators, and everything in quotation marks.
 * Where a small word may stand between two names as well as inside one, both the whole and its parts are
 * mentions. A code is joined to nothing: `u-777 of Bob Dole` are two. `undefined` now and then, where there
 * is none for long: whoever asks may rest.
 */
export function* eachMention(text: string): Iterable<Mention | undefined> {
  for (const quotation of eachQuotation(text))
    if (quotation?.text.trim() === quotation?.text) yield quotation;
  let run: Run | undefined;
  let before: Mention | undefined;
  let looked = 0;
  for (const token of eachToken(text)) {
    if (++looked % PATIENCE === 0 || token.text.length > LONG) yield undefined;
    const isData = isDataToken(token, text);
    if (run && before && !(text.slice(before.end, token.start) === " " && run.takes(token, isData))) {
      yield* run.mentions(text);
      run = undefined;
    }
    if (!run && isData) run = new Run(token);
    before = token;
  }
  if (run) yield* run.mentions(text);
}

/** The same as a list. */
export function mentionsOf(text: string): Mention[] {
  return [...eachMention(text)].filter((mention) => mention !== undefined);
}

/** Data tokens one after the other, with small words among them. */
class Run {
  private last: Mention;
  private start: number;
  /** Where the last data token ended before a word that may part two names. */
  private between: number | undefined;
  private isJoined = false;
  private readonly parts: { readonly start: number; readonly end: number }[] = [];

  constructor(private readonly first: Mention) {
    this.last = first;
    this.start = first.start;
  }

  /** Whether the next token goes on with the run; then it is taken in. */
  takes(token: Mention, isData: boolean): boolean {
    if (!isData) {
      if (BETWEEN.has(token.text)) this.between ??= this.last.end;
      else if (!JOINING.has(token.text.toLowerCase())) return false;
      this.isJoined = true;
      return true;
    }
    if (/^\p{N}/u.test(token.text) !== /^\p{N}/u.test(this.last.text)) return false;
    if (this.isJoined && (isCode(this.last.text) || isCode(token.text))) return false;
    if (this.between !== undefined) {
      this.parts.push({ start: this.start, end: this.between });
      this.start = token.start;
      this.between = undefined;
    }
    this.last = token;
    this.isJoined = false;
    return true;
  }

  mentions(text: string): Mention[] {
    const parts = this.parts.length > 0 ? [...this.parts, { start: this.start, end: this.last.end }] : [];
    return [{ start: this.first.start, end: this.last.end }, ...parts].map((span) => ({
      ...span,
      text: text.slice(span.start, span.end),
    }));
  }
}

/** Whether a text is so short a word that it stands in many places by chance. */
export function isCommon(text: string): boolean {
  return text.length <= 2 || /^\p{Ll}{1,4}$/u.test(text);
}
