/**
 * Endless mixed traffic for a cache: known work and novel work, many scopes, verdicts, and models that
 * contradict themselves.
 */
import type { Cache } from "../../src/index.js";
import type { CacheRequest, Message, Reply } from "../../src/types.js";
import { calls, result, says, user } from "./cache.js";

/** One exchange of the traffic. */
export interface Exchange {
  readonly request: CacheRequest;
  readonly reply: Reply;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES = [
  "Ann Marsh",
  "Raj Patel",
  "Lena Olsen",
  "Tom Baker",
  "Dina Sanich",
  "Erik Dunteman",
  "Jutta Reis",
  "Cid Moreau",
];
const VERBS = ["find", "show", "look up", "fetch", "get me", "search for"];

/** Exchanges without end. */
export function* traffic(seed: number): Generator<Exchange> {
  const random = randomFrom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const word = (): string => Math.floor(random() * 36 ** 6).toString(36);
  for (let count = 0; ; count++) {
    const [name, fresh] = [one(NAMES), word()];
    const asks = (text: string, reply: Reply, more: Omit<CacheRequest, "messages"> = {}): Exchange => ({
      request: { model: "m", ...more, messages: [user(text)] },
      reply,
    });
    switch (count % 8) {
      case 0: // known work, in several wordings
        yield asks(`${one(VERBS)} the orders of ${name}`, calls("find_orders", { customer: name }));
        break;
      case 1: // known work with values never seen
        yield asks(
          `Refund order ${fresh} for ${word()} ${word()}`,
          calls("refund", { order: fresh, note: `${word()} ${word()}` }),
        );
        break;
      case 2: // novel work
        yield asks(`${word()} ${word()} the ${word()} of ${word()}, ${word()}`, says(`${word()} ${word()}`));
        break;
      case 3: // a scope of its own
        yield asks(`Greet ${name}`, says(`Hello ${name}!`), { scope: `tenant ${fresh}` });
        break;
      case 4: // the caller's bindings
        yield asks(`Send ${name} the report ${fresh}`, calls("send", { to: name, report: fresh }), {
          bindings: { name, report: fresh },
        });
        break;
      case 5: // a model that cannot make up its mind
        yield asks(`Should we ship to ${name}?`, says(below(2) === 0 ? "yes" : "no"));
        break;
      case 6: {
        // an agent's second step
        const items = Array.from({ length: 1 + below(4) }, () => ({ id: word(), total: below(900) }));
        const messages: Message[] = [
          user(`Cancel the latest order of ${name}`),
          calls("find_orders", { customer: name }),
          result(JSON.stringify(items)),
        ];
        yield {
          request: { model: "m", messages },
          reply: calls("cancel", { order: items.at(-1)?.id ?? "" }),
        };
        break;
      }
      default: // tools that nobody else uses
        yield asks(
          `Run job ${below(1_000)}`,
          calls(`job_${fresh}`, { n: below(10), text: `${word()} ${word()}` }),
        );
    }
  }
}

/** Looks up and observes so many exchanges; a share of the hits is called good or bad. */
export async function drive(
  cache: Cache,
  exchanges: Iterator<Exchange>,
  count: number,
  random: () => number,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { request, reply } = exchanges.next().value as Exchange;
    const answer = await cache.lookup(request);
    if (answer.status === "hit" && random() < 0.2)
      await cache.feedback(answer.id, random() < 0.3 ? "bad" : "good");
    await cache.observe(request, reply, { usage: { inputTokens: 10, outputTokens: 2 } });
    if (index % 16 === 0) await cache.settled();
  }
  await cache.settled();
}
