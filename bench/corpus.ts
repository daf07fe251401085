/** Makes the conversations of the benchmarks: about 1 KB each, as many different wordings as asked for. */
import type { CacheRequest, Message, Reply } from "reprise";

/** A small generator of pseudo-random numbers, so that every run sees the same texts (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SYLLABLES = [
  "ba",
  "co",
  "di",
  "fu",
  "ga",
  "ho",
  "ki",
  "lu",
  "ma",
  "ne",
  "po",
  "ra",
  "si",
  "to",
  "vu",
  "we",
];

/** Word number `index` of a made-up vocabulary; 4096 different ones. */
function word(index: number): string {
  return [index & 15, (index >> 4) & 15, (index >> 8) & 15].map((at) => SYLLABLES[at] ?? "").join("");
}

const SYSTEM = `You are the assistant of a shop. ${"Answer briefly, call one tool at a time, and never promise what you cannot keep. ".repeat(5)}`;

/** One wording of a request: the same words for the same index, whatever the values. */
export interface Wording {
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
}

/**
 * Wording number `index`. Words are shared between wordings as they are in real traffic: none is a wording's
 * own.
 */
export function wording(index: number): Wording {
  const random = randomFrom(index + 1);
  const some = (count: number): string =>
    Array.from({ length: count }, () => word(Math.floor(random() * 4096))).join(" ");
  return { head: `Please ${some(4)} the order `, middle: ` of customer `, tail: ` ${some(45)}.` };
}

export interface Values {
  readonly order: string;
  readonly customer: string;
}

/** Values nobody has seen before, for each number. */
export function valuesOf(number: number): Values {
  return {
    order: `${100_000 + number}`,
    customer: `${capital(word(number % 4096))} ${capital(word((number >> 12) % 4096))}`,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A conversation of a system and a user message, about 1 KB together. */
export function requestFor(index: number, values: Values): CacheRequest {
  const { head, middle, tail } = wording(index);
  return {
    model: "bench",
    messages: [
      system(),
      { role: "user", content: `${head}${values.order}${middle}${values.customer}${tail}` },
    ],
  };
}

function system(): Message {
  return { role: "system", content: SYSTEM };
}

/** What the model says to it: a tool call with the order's number. */
export function replyFor(index: number, { order, customer }: Values): Reply {
  const tool = `act_${index % 50}`;
  // Small numbers, that a template may say of itself: a longer one might be data.
  const args = { order, customer, way: index % 1_000, row: Math.floor(index / 1_000) };
  return {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "call_1", type: "function", function: { name: tool, arguments: JSON.stringify(args) } },
    ],
  };
}

/** The same with strings that share nothing with any other: what a server parses out of a request's body. */
export function fresh<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
