/** Plays recorded exchanges to a cache as an agent would: look up first, and ask the model only on a miss. */
import type { Cache } from "../../src/index.js";
import type { Message, Reply } from "../../src/types.js";
import { says, short, user } from "./cache.js";

/** What a conversation is answered with by the model. */
export type Step = readonly [messages: readonly Message[], reply: Reply];

/** What became of a replay. */
export interface Played {
  /** For each step: the hit's text or calls, or `undefined` for a miss. */
  readonly hits: readonly (string | undefined)[];
  /** Hits that said something else than the model would have. */
  readonly wrong: readonly string[];
  /** The number of the first step that was served, from 1. */
  readonly servedBy: number;
}

/** One question and its answer in words. */
export const chat = (question: string, answer: string): Step => [[user(question)], says(answer)];

/** One question and the reply to it. */
export const task = (question: string, reply: Reply): Step => [[user(question)], reply];

/** A tool's result as JSON, as the answer to the call before it. */
export const gives = (value: unknown, id = "call_1"): Message => ({
  role: "tool",
  tool_call_id: id,
  content: JSON.stringify(value),
});

/** What a hit by this reply looks like in `short`. */
export function inShort(reply: Reply): string {
  return (
    reply.tool_calls?.map(({ function: { name, arguments: args } }) => `${name}(${args})`).join(" ") ??
    String(reply.content)
  );
}

/** Plays the steps in order. With `always` the model is asked even after a hit, as an audit would. */
export async function play(cache: Cache, steps: readonly Step[], always = false): Promise<Played> {
  const hits: (string | undefined)[] = [];
  const wrong: string[] = [];
  for (const [messages, reply] of steps) {
    const answer = await cache.lookup({ messages });
    const said = answer.status === "hit" ? short(answer).replace(/^\w+ /, "") : undefined;
    hits.push(said);
    if (said !== undefined && said !== inShort(reply)) wrong.push(said);
    if (said !== undefined && !always) continue;
    await cache.observe({ messages }, reply);
    await cache.settled();
  }
  return {
    hits,
    wrong,
    servedBy: hits.findIndex((hit) => hit !== undefined) + 1 || Number.POSITIVE_INFINITY,
  };
}

/** Teaches without looking up. */
export async function teach(cache: Cache, steps: readonly Step[]): Promise<void> {
  for (const [messages, reply] of steps) await cache.observe({ messages }, reply);
  await cache.settled();
}

/** What the cache says to a conversation, in short. */
export async function answerTo(cache: Cache, [messages]: Step): Promise<string> {
  return short(await cache.lookup({ messages }));
}

export const PEOPLE = [
  "Erik Dunteman",
  "Ann Marsh",
  "Raj Patel",
  "Lena Olsen",
  "Tom Baker",
  "Ines Costa",
  "Hugo Weber",
  "Mia Rossi",
  "Paul Simon",
  "Nora Lund",
  "Omar Haddad",
  "Zoe Clarke",
] as const;

export const FIRMS = [
  "Butter",
  "Acme",
  "Globex",
  "Initech",
  "Umbrella",
  "Hooli",
  "Vandelay",
  "Wonka",
  "Stark",
  "Wayne",
  "Tyrell",
  "Cyberdyne",
] as const;
