/**
 * Plays recorded calls through a cache as a live agent would have made them, and counts what it got right.
 */
import {
  type Answer,
  type Cache,
  type CacheOptions,
  createCache,
  type Hit,
  type Reply,
  type Usage,
} from "reprise";
import type { Recorded } from "./recordings.js";
import { quantiles, type Timing } from "./timing.js";

/** What one template earned. */
export interface Earned {
  readonly template: string;
  /** Its last message and its reply, in the notation of templates. */
  readonly shape: string;
  hits: number;
  wrong: number;
  /** Tokens of the model calls it stood for, as far as the log tells. */
  tokens: number;
  /** The same in US dollars, as far as prices are known. */
  dollars: number;
}

/** A hit that said something else than the model did. Holds conversation text. */
export interface Wrong {
  readonly line: number;
  readonly match: Hit["match"];
  readonly template: string;
  readonly said: string;
  readonly recorded: string;
}

export interface Outcome {
  readonly calls: number;
  readonly exact: { readonly right: number; readonly wrong: number };
  readonly template: { readonly right: number; readonly wrong: number };
  /** Misses and bypasses by reason. */
  readonly misses: ReadonlyMap<string, number>;
  /** By hits, most first. */
  readonly earned: readonly Earned[];
  /** Templates that the model contradicted on the way, by id; each is served no more. */
  readonly contradicted: ReadonlyMap<string, string>;
  readonly wrong: readonly Wrong[];
  /** Exchanges that are never learned (cut off, empty, refused), by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly tokens: number;
  /** What hits saved in US dollars, as far as the models' prices are known. */
  readonly dollars: number;
  readonly lookup: Timing;
  /** Milliseconds for each miss. */
  readonly learning: number;
}

/** What a rehearsal tells and asks. */
export interface Rehearsing {
  /** Told after each call. */
  readonly onCall?: () => void;
  /** Told of the cache before the first call, and after the last. */
  readonly onCreated?: (cache: Cache) => void;
  readonly onClosing?: (cache: Cache) => void;
  /** What a model call costs in US dollars. */
  readonly price?: (model: string, usage: Usage) => number | undefined;
}

/**
 * For each call, in order: look it up; on a hit compare with what the model really said; otherwise let the
 * cache observe it. Nothing is told in advance, and a wrong hit is not put right: the agent would not have
 * known.
 */
export async function rehearse(
  calls: readonly Recorded[],
  options: CacheOptions,
  { onCall, onCreated, onClosing, price = () => undefined }: Rehearsing = {},
): Promise<Outcome> {
  const cache = createCache(options);
  onCreated?.(cache);
  const exact = { right: 0, wrong: 0 };
  const template = { right: 0, wrong: 0 };
  const misses = new Map<string, number>();
  const earned = new Map<string, Earned>();
  const shapes = new Map<string, string>();
  const contradicted = new Map<string, string>();
  const wrong: Wrong[] = [];
  const lookups: number[] = [];
  let tokens = 0;
  let dollars = 0;
  let learning = 0;
  cache.on("retired", ({ template: id }) => contradicted.set(id, shapes.get(id) ?? ""));

  for (const { line, request, reply, details } of calls) {
    onCall?.();
    const asked = performance.now();
    const answer = await cache.lookup(request);
    lookups.push((performance.now() - asked) * 1e3);
    if (answer.status !== "hit") {
      misses.set(answer.reason, (misses.get(answer.reason) ?? 0) + 1);
      // A template shows its shape only where it fits: look before the model's word may retire it.
      for (const { template: id, turns, reply: says } of cache.explain(request).templates)
        shapes.set(id, `${turns.at(-1)} ⇒ ${says}`);
      const began = performance.now();
      await cache.observe(request, reply, details);
      await cache.settled();
      learning += performance.now() - began;
      continue;
    }
    const isRight = meaningOf(answer.reply) === meaningOf(reply);
    const counts = answer.match === "exact" ? exact : template;
    counts[isRight ? "right" : "wrong"]++;
    const saved = (details.usage?.inputTokens ?? 0) + (details.usage?.outputTokens ?? 0);
    tokens += saved;
    const worth = (request.model !== undefined && details.usage && price(request.model, details.usage)) || 0;
    dollars += worth;
    if (!isRight)
      wrong.push({
        line,
        match: answer.match,
        template: answer.template,
        said: meaningOf(answer.reply),
        recorded: meaningOf(reply),
      });
    if (answer.match === "template")
      credit(earned, answer, {
        shape: () => shapeOf(cache.explain(request), answer),
        ...{ tokens: saved, dollars: worth, isRight },
      });
  }

  const { refused } = cache.stats();
  onClosing?.(cache);
  await cache.close();
  return {
    calls: calls.length,
    exact,
    template,
    misses,
    earned: [...earned.values()].sort(
      (left, right) => right.hits - left.hits || (left.template < right.template ? -1 : 1),
    ),
    contradicted,
    wrong,
    refused,
    tokens,
    dollars,
    lookup: quantiles(lookups),
    learning:
      learning / Math.max(1, calls.length - exact.right - exact.wrong - template.right - template.wrong),
  };
}

function credit(
  earned: Map<string, Earned>,
  answer: Answer & { status: "hit" },
  hit: {
    readonly shape: () => string;
    readonly tokens: number;
    readonly dollars: number;
    readonly isRight: boolean;
  },
): void {
  let entry = earned.get(answer.template);
  if (!entry) {
    entry = { template: answer.template, shape: hit.shape(), hits: 0, wrong: 0, tokens: 0, dollars: 0 };
    earned.set(answer.template, entry);
  }
  entry.hits++;
  entry.tokens += hit.tokens;
  entry.dollars += hit.dollars;
  if (!hit.isRight) entry.wrong++;
}

function shapeOf(
  { templates }: { templates: readonly { template: string; turns: readonly string[]; reply: string }[] },
  answer: Hit,
): string {
  const found = templates.find(({ template }) => template === answer.template);
  return found ? `${found.turns.at(-1)} ⇒ ${found.reply}` : "";
}

/** What must be equal: the calls and their arguments, never their ids; without calls, the text. */
export function meaningOf(reply: Reply): string {
  if (reply.tool_calls?.length) {
    return reply.tool_calls
      .map((call) => `${call.function.name}(${canonical(call.function.arguments)})`)
      .join(" ");
  }
  const { content } = reply;
  if (typeof content === "string") return content.trim();
  return (content ?? [])
    .map((part) => (part.type === "text" ? part.text : part.type === "reasoning" ? "" : JSON.stringify(part)))
    .join("")
    .trim();
}

/** JSON text with its keys in order; text that is no JSON as it is. */
function canonical(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text === "" ? "{}" : text), (_key, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
        : value,
    );
  } catch {
    return text;
  }
}
