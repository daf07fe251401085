/** Short ways to talk to a cache in tests. */
import { type Cache, type CacheEvents, type CacheOptions, createCache } from "../../src/index.js";
import type { Answer, CacheRequest, Hit, Message, Reply } from "../../src/types.js";

export const user = (content: Message["content"]): Message => ({ role: "user", content: content ?? null });
export const says = (content: string): Reply => ({ role: "assistant", content });
export const calls = (tool: string, args: unknown, id = "call_1"): Reply => ({
  role: "assistant",
  content: null,
  tool_calls: [
    {
      id,
      type: "function",
      function: { name: tool, arguments: typeof args === "string" ? args : JSON.stringify(args) },
    },
  ],
});
/** A reply as it stands in the next request. */
export const said = ({ tool_calls, content }: Reply): Message => ({
  role: "assistant",
  content: content ?? null,
  ...(tool_calls && { tool_calls }),
});
export const result = (content: string, id = "call_1"): Message => ({
  role: "tool",
  tool_call_id: id,
  content,
});
export const ask = (text: string, more: Omit<CacheRequest, "messages"> = {}): CacheRequest => ({
  ...more,
  messages: [user(text)],
});

/** An event as it was told. */
export type Told = {
  [Name in keyof CacheEvents]: { readonly name: Name; readonly event: CacheEvents[Name] };
}[keyof CacheEvents];

const NAMES = [
  "hit",
  "miss",
  "bypass",
  "compared",
  "observed",
  "learned",
  "curtailed",
  "promoted",
  "retired",
  "evicted",
  "forgotten",
  "fault",
] as const satisfies readonly (keyof CacheEvents)[];

/** Writes down every event of a cache. */
export function record(cache: Cache): Told[] {
  const told: Told[] = [];
  for (const name of NAMES) cache.on(name, (event: unknown) => void told.push({ name, event } as Told));
  return told;
}

/** A cache, its events, and a clock that stands until it is moved. */
export function setUp(options: CacheOptions = {}): { cache: Cache; told: Told[]; clock: { now: number } } {
  const clock = { now: 1_700_000_000_000 };
  const cache = createCache({ now: () => clock.now, pollInterval: 0, auditRate: 0, ...options });
  return { cache, told: record(cache), clock };
}

/** What the cache told under a name. */
export function heard<Name extends keyof CacheEvents>(
  told: readonly Told[],
  name: Name,
): CacheEvents[Name][] {
  return told.filter((each) => each.name === name).map(({ event }) => event as CacheEvents[Name]);
}

/** An answer in short: the reply's text or calls, or why there is none. */
export function short(answer: Answer): string {
  if (answer.status !== "hit") return `${answer.status} ${answer.reason}`;
  const call = answer.reply.tool_calls
    ?.map(({ function: { name, arguments: args } }) => `${name}(${args})`)
    .join(" ");
  return `${answer.match} ${call ?? String(answer.reply.content)}`;
}

/** The hit, or a failure that says what came instead. */
export function hitOf(answer: Answer): Hit {
  if (answer.status !== "hit") throw new Error(`no hit but ${short(answer)}`);
  return answer;
}
