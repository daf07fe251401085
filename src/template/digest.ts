/** How values become keys: collision-resistant, byte-exact, the same in every process. */
import { utf16 } from "./bytes.js";
import { canonicalJson, type Json } from "./json.js";
import { partKind, visit } from "./parts/index.js";
import { sized, type Visitor } from "./parts/kind.js";
import { type Encoding, sha256 } from "./sha256.js";
import type { Part, Turn } from "./turn.js";

/**
 * SHA-256 of a text, 43 characters of base64url. Byte-exact: texts that differ only in lone surrogates, which
 * UTF-8 cannot tell apart, get different digests.
 */
export function digest(text: string): string {
  return digestText(text, "base64url");
}

/** A digest of 128 bits in 32 hexadecimal characters: for ids that people see and stores keep. */
export function shortDigest(text: string): string {
  return digestText(text, "hex").slice(0, 32);
}

function digestText(text: string, encoding: Encoding): string {
  if (text.isWellFormed()) return sha256(text, encoding);
  // U+FFFF first: no well-formed caller text hashed here begins with it, since every key begins with a tag.
  return sha256(utf16(`\uffff${text}`), encoding);
}

function partKey(part: Part): string {
  const structure = partKind(part.kind).structure(part);
  const content = visit(part, AS_TEXT, undefined);
  return content === undefined ? structure : `${structure} ${sized(content)}`;
}

const AS_TEXT: Visitor<string, Json, undefined, string | undefined> = {
  text: (text) => text,
  json: canonicalJson,
  nothing: undefined,
};

// Long turns are asked for again by every stage of learning; a short one is hashed sooner than it is looked
// up.
const LONG = 4_096;
const longKeys = new WeakMap<Turn, string>();

/** The key of a turn: equal keys exactly where the turns are equal. */
export function turnKey(turn: Turn): string {
  const known = longKeys.get(turn);
  if (known !== undefined) return known;
  let text = `turn ${sized(turn.role)} ${turn.name === undefined ? "-" : sized(turn.name)} `;
  for (const part of turn.parts) text += partKey(part);
  const key = digest(text);
  if (text.length > LONG) longKeys.set(turn, key);
  return key;
}

/** The key of a conversation, from the key of all but its last turn and that of the last. */
export function chainKey(previous: string, last: string): string {
  return digest(`chain ${previous} ${last}`);
}
