/**
 * Measures hits through LangChain: the wrapper and an agent, beside LangChain's own `InMemoryCache` and no
 * cache at all.
 */
import { InMemoryCache } from "@langchain/core/caches";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { createAgent, createMiddleware } from "langchain";
import { createCache } from "reprise";
import { repriseMiddleware, withReprise } from "reprise/langchain";
import { atMost, printTable, type Row, type Timing, time, times, timing } from "./measure.ts";

/** A model that answers at once: what remains is the framework, and what stands before the model. */
class InstantModel extends BaseChatModel {
  override _llmType(): string {
    return "instant";
  }

  override bindTools() {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const order = /\d{6,}/.exec(messages.at(-1)?.text ?? "")?.[0] ?? "?";
    const fields = {
      content: `Done with order ${order}.`,
      response_metadata: { finish_reason: "stop" },
      usage_metadata: { input_tokens: 200, output_tokens: 20, total_tokens: 220 },
    };
    const message = new AIMessage(fields as { content: string });
    return { generations: [{ text: message.text, message }] };
  }
}

const FILLER = "The customer has written before and was answered kindly each time. ".repeat(14);
const orderOf = (index: number): string => String(100_000 + index);
const promptOf = (index: number): string => `${FILLER}Please close order ${orderOf(index)} today.`;

interface Subject {
  readonly what: string;
  /** Which input of the run to ask with. */
  readonly input: (index: number) => number;
  readonly ask: (prompt: string) => Promise<BaseMessage | undefined>;
  /** What the reply must say of itself, so that what is measured is what is meant. */
  readonly expected?: "exact" | "template";
}

/** Prints a table for the wrapper and one for agents. */
export async function measureThroughLangChain(): Promise<void> {
  const cache = createCache({ policy: "eager", induction: false, auditRate: 0 });
  const wrapped = withReprise(new InstantModel({}), cache);
  await wrapped.invoke(promptOf(0), { reprise: { bindings: { order: orderOf(0) } } } as never);
  const lruOfLangChain = new InstantModel({ cache: new InMemoryCache() });
  const bare = new InstantModel({});
  const distinct = (index: number): number => index + 1;
  const same = (): number => 0;

  // A model that answers at once takes a few microseconds, so here the ratio to it says little; the one to
  // LangChain's cache does.
  await compare("a call of invoke, 1 KB prompt, through LangChain", undefined, [
    { what: "no cache", input: distinct, ask: (prompt) => bare.invoke(prompt) },
    { what: "LangChain's InMemoryCache, hit", input: same, ask: (prompt) => lruOfLangChain.invoke(prompt) },
    {
      what: "withReprise, exact hit",
      input: same,
      ask: (prompt) => wrapped.invoke(prompt),
      expected: "exact",
    },
    {
      what: "withReprise, template hit",
      input: distinct,
      ask: (prompt) => wrapped.invoke(prompt),
      expected: "template",
    },
  ]);

  const agent = (model: BaseChatModel, middleware: ReturnType<typeof repriseMiddleware>[] = []) => {
    const made = createAgent({ model, tools: [], middleware });
    return async (prompt: string) =>
      (await made.invoke({ messages: [{ role: "user", content: prompt }] })).messages.at(-1);
  };
  const agents = createCache({ policy: "eager", induction: false, auditRate: 0 });
  const middleware = repriseMiddleware(agents);
  await createAgent({ model: bare, tools: [], middleware: [middleware] }).invoke(
    { messages: [{ role: "user", content: promptOf(0) }] },
    { context: { reprise: { bindings: { order: orderOf(0) } } } },
  );
  const empty = createMiddleware({ name: "empty", wrapModelCall: (request, handler) => handler(request) });
  await compare("a run of createAgent, one step", 1.3, [
    { what: "no cache", input: distinct, ask: agent(bare) },
    {
      what: "no cache, an empty middleware",
      input: distinct,
      ask: agent(bare, [empty as never as typeof middleware]),
    },
    { what: "LangChain's InMemoryCache, hit", input: same, ask: agent(lruOfLangChain) },
    { what: "repriseMiddleware, exact hit", input: same, ask: agent(bare, [middleware]), expected: "exact" },
    {
      what: "repriseMiddleware, template hit",
      input: distinct,
      ask: agent(bare, [middleware]),
      expected: "template",
    },
  ]);
  await cache.close();
  await agents.close();
}

// In rounds, one subject after another in each, so that a drift of the machine does not count for or against
// anyone.
const ROUNDS = 6;

async function compare(
  title: string,
  limit: number | undefined,
  subjects: readonly Subject[],
): Promise<void> {
  const rounds = new Map(subjects.map((subject) => [subject, [] as Timing[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [subject, timings] of rounds) timings.push(await measure(subject, round));
  }
  const results = [...rounds].map(([subject, timings]) => ({
    ...subject,
    p50: median(timings.map(({ p50 }) => p50)),
    p99: median(timings.map(({ p99 }) => p99)),
  }));
  const [base] = results;
  if (!base) return;
  printTable(title, [
    ...results.map((result): Row => ({ what: result.what, value: timing({ ...result, max: Number.NaN }) })),
    ...results.slice(1).map(({ what, expected, p50 }): Row => {
      const row = `${what} against ${base.what} (p50)`;
      const ratio = p50 / base.p50;
      return expected && limit
        ? atMost(row, { measured: ratio, limit, print: times })
        : { what: row, value: times(ratio) };
    }),
  ]);
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measure({ what, input, ask, expected }: Subject, round: number): Promise<Timing> {
  await ask(promptOf(0));
  const reply = await ask(promptOf(input(0)));
  const metadata = reply?.response_metadata.reprise as { match?: string } | undefined;
  if (metadata?.match !== expected || !reply?.text.includes(orderOf(input(0))))
    throw new Error(`${what}: not what is measured`);
  return time({ warmup: 100, runs: 400 }, (index) => promptOf(input(round * 500 + index)), ask);
}

if (import.meta.main) await measureThroughLangChain();
