/**
 * Which words an entry holds, wherever they stand in it: in text, values, names, constants of expressions,
 * tables.
 */
import type { Entry } from "../tree/knowledge.js";

/** Letters and digits in a row. */
const WORD = /[\p{L}\p{N}]+/gu;

/** The words of an entry. None if it is damaged: what cannot be read is never used. */
export function wordsOf(entry: Entry): ReadonlySet<string> {
  const words = new Set<string>();
  try {
    gather(entry.kind === "exchange" ? [entry.turns, entry.said, entry.reply] : entry.template, words);
  } catch {
    words.clear();
  }
  return words;
}

function gather(value: unknown, words: Set<string>): void {
  if (typeof value === "string" || typeof value === "number")
    for (const [word] of String(value).matchAll(WORD)) words.add(word);
  else if (value instanceof Map) {
    for (const [key, item] of value as ReadonlyMap<string, unknown>) {
      gather(key, words);
      gather(item, words);
    }
  } else if (typeof value === "object" && value !== null)
    for (const item of Object.values(value)) gather(item, words);
}
