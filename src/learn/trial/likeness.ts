/**
 * Finds the exchanges most like a given one: of the same structure and kind of reply, with the most words in
 * common.
 */
import { visible } from "../../answer/read.js";
import { shortDigest } from "../../template/digest.js";
import type { Json } from "../../template/json.js";
import { contentOf, partKind, structureOf, wordsIn } from "../../template/parts/index.js";
import type { Turn } from "../../template/turn.js";
import type { Exchange } from "../../tree/knowledge.js";
import { Pace } from "../schedule/pace.js";

/** The exchanges of one structure and kind of reply. */
interface Group {
  readonly exchanges: Exchange[];
  /** Those that have a word in the last question or in the reply. */
  readonly byWord: Map<string, Exchange[]>;
}

// So many of a group are compared in full: those that share the rarest words.
const COMPARED = 64;
// How many entries of the index are looked at to find these.
const MAX_LOOKED_AT = 1_024;
// Of the words of a question and its reply, so many are filed.
const MAX_WORDS = 64;
// How much of one text, and of one exchange, counts for likeness, in characters.
const MAX_TEXT = 4_000;
const MAX_READ = 100_000;
// How many different words are compared in the time of a step.
const WORDS = 8;

/** Exchanges by structure, kind of reply and words. */
export class Likeness {
  private readonly groups = new Map<string, Group>();
  private readonly keys = new Map<string, string>();

  add(exchange: Exchange): void {
    if (this.keys.has(exchange.id)) return;
    const key = keyOf(exchange);
    let group = this.groups.get(key);
    if (!group) {
      group = { exchanges: [], byWord: new Map() };
      this.groups.set(key, group);
    }
    this.keys.set(exchange.id, key);
    group.exchanges.push(exchange);
    for (const word of filedWords(exchange)) {
      const others = group.byWord.get(word);
      if (others) others.push(exchange);
      else group.byWord.set(word, [exchange]);
    }
  }

  /** The exchanges of other conversations most like this one, the likest first; of equals the latest. */
  async nearest(exchange: Exchange, count: number, pace: Pace = new Pace()): Promise<Exchange[]> {
    const group = this.groups.get(keyOf(exchange));
    if (!group) return [];
    const words = wordsOf(exchange);
    const liked: { other: Exchange; index: number; likeness: number }[] = [];
    for (const other of comparable(exchange, group)) {
      if (other.conversation === exchange.conversation) continue;
      const others = wordsOf(other);
      liked.push({ other, index: liked.length, likeness: likeness(words, others) });
      pace.spend(1 + others.size / WORDS);
      if (pace.overdue) await pace.rest();
    }
    return liked
      .sort((left, right) => right.likeness - left.likeness || right.index - left.index)
      .slice(0, count)
      .map(({ other }) => other);
  }

  /** Lets go of an exchange. */
  drop(id: string): void {
    const key = this.keys.get(id);
    const group = key === undefined ? undefined : this.groups.get(key);
    if (key === undefined || !group) return;
    this.keys.delete(id);
    const at = group.exchanges.findIndex((exchange) => exchange.id === id);
    const [exchange] = group.exchanges.splice(at, 1) as [Exchange];
    if (group.exchanges.length === 0) this.groups.delete(key);
    for (const word of filedWords(exchange)) {
      const others = group.byWord.get(word) ?? [];
      others.splice(others.indexOf(exchange), 1);
      if (others.length === 0) group.byWord.delete(word);
    }
  }
}

/**
 * Those of a group that may be like an exchange, oldest first: all of a small one, of a large one those that
 * share rare words.
 */
function comparable(exchange: Exchange, { exchanges, byWord }: Group): readonly Exchange[] {
  if (exchanges.length <= COMPARED) return exchanges;
  const shared = new Map<Exchange, number>();
  const lists = [...filedWords(exchange)].flatMap((word) => {
    const others = byWord.get(word);
    return others ? [others] : [];
  });
  let looked = 0;
  for (const others of lists.sort((left, right) => left.length - right.length)) {
    for (let at = others.length - 1; at >= 0 && looked < MAX_LOOKED_AT; at--, looked++) {
      const other = others[at] as Exchange;
      shared.set(other, (shared.get(other) ?? 0) + 1);
    }
  }
  const found = [...shared].sort((left, right) => right[1] - left[1]).slice(0, COMPARED);
  return found.length > 0 ? found.map(([other]) => other).reverse() : exchanges.slice(-COMPARED);
}

/** Equal for exchanges that could be two examples of one template. */
function keyOf(exchange: Exchange): string {
  return shortDigest(
    JSON.stringify([
      exchange.scope,
      exchange.turns.map((turn) => structureOf(visible(turn))),
      replyForm(exchange.said),
    ]),
  );
}

/**
 * Equal for replies of one kind: the same parts, calls of the same tools with arguments of the same names.
 */
function replyForm(said: Turn): unknown {
  return said.parts.map((part) => {
    const content = contentOf(part);
    return [partKind(part.kind).structure(part), content && "json" in content ? namesIn(content.json) : null];
  });
}

function namesIn(value: Json): unknown {
  return value instanceof Map ? [...value].map(([key, item]) => [key, namesIn(item)]).sort() : null;
}

/** The words by which an exchange is filed: the first of the reply and of the last question. */
function filedWords({ turns, said }: Exchange): ReadonlySet<string> {
  const question = turns.findLast(({ role }) => role === "user");
  return firstWords(question ? [said, question] : [said], MAX_WORDS);
}

function wordsOf({ turns, said }: Exchange): ReadonlySet<string> {
  return firstWords([...turns, said]);
}

/** The different words that turns begin with: so many of them, in as much text as counts. */
function firstWords(turns: readonly Turn[], most = Number.POSITIVE_INFINITY): ReadonlySet<string> {
  const words = new Set<string>();
  let left = MAX_READ;
  for (const { parts } of turns) {
    for (const part of parts) {
      const said = wordsIn(part);
      if (said === undefined) continue;
      const text = said.slice(0, Math.min(MAX_TEXT, left));
      for (const [word] of text.matchAll(WORD)) if (words.add(word).size >= most) return words;
      left -= text.length;
      if (left <= 0) return words;
    }
  }
  return words;
}

const WORD = /[\p{L}\p{N}]+/gu;

function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 && right.size === 0) return 1;
  let shared = 0;
  for (const word of left) if (right.has(word)) shared++;
  return shared / Math.max(left.size, right.size);
}
