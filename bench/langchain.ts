/** Measures hits through LangChain: the wrapper and an agent, beside LangChain's own `InMemoryCache` and no cache at all. */
import { InMemoryCache } from "@langchain/core/caches";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { createAgent } from "langchain";
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
  const cache = createCache({ policy: "eager", induction: false });
  const wrapped = withReprise(new InstantModel({}), cache);
  await wrapped.invoke(promptOf(0), { reprise: { bindings: { order: orderOf(0) } } } as never);
  const lruOfLangChain = new InstantModel({ cache: new InMemoryCache() });
  const bare = new InstantModel({});
  const distinct = (index: number): number => index + 1;
  const same = (): number => 0;

  await compare("a call of invoke, 1 KB prompt, through LangChain", [
    { what: "no cache", input: distinct, ask: (prompt) => bare.invoke(prompt) },
    { what: "LangChain's InMemoryCache, hit", input: same, ask: (prompt) => lruOfLangChain.invoke(prompt) },
    { what: "withReprise, exact hit", input: same, ask: (prompt) => wrapped.invoke(prompt), expected: "exact" },
    { what: "withReprise, template hit", input: distinct, ask: (prompt) => wrapped.invoke(prompt), expected: "template" },
  ]);

  const agent = (model: BaseChatModel, middleware: ReturnType<typeof repriseMiddleware>[] = []) => {
    const made = createAgent({ model, tools: [], middleware });
    return async (prompt: string) => (await made.invoke({ messages: [{ role: "user", content: prompt }] })).messages.at(-1);
  };
  const agents = createCache({ policy: "eager", induction: false });
  const middleware = repriseMiddleware(agents);
  await createAgent({ model: bare, tools: [], middleware: [middleware] }).invoke(
    { messages: [{ role: "user", content: promptOf(0) }] },
    { context: { reprise: { bindings: { order: orderOf(0) } } } },
  );
  await compare("a run of createAgent, one step", [
    { what: "no cache", input: distinct, ask: agent(bare) },
    { what: "LangChain's InMemoryCache, hit", input: same, ask: agent(lruOfLangChain) },
    { what: "repriseMiddleware, exact hit", input: same, ask: agent(bare, [middleware]), expected: "exact" },
    { what: "repriseMiddleware, template hit", input: distinct, ask: agent(bare, [middleware]), expected: "template" },
  ]);
  await cache.close();
  await agents.close();
}

async function compare(title: string, subjects: readonly Subject[]): Promise<void> {
  const [baseline, ...others] = subjects;
  if (!baseline) return;
  const before = await measure(baseline);
  const timings: [Subject, Timing][] = [];
  for (const subject of others) timings.push([subject, await measure(subject)]);
  const after = await measure(baseline);
  // The baseline is measured before and after, so that a drift of the machine does not count for or against anyone.
  const base = (before.p50 + after.p50) / 2;
  printTable(title, [
    { what: baseline.what, value: timing(before) },
    { what: `${baseline.what}, measured again`, value: timing(after) },
    ...timings.map(([{ what }, measured]): Row => ({ what, value: timing(measured) })),
    ...timings.map(([{ what, expected }, measured]): Row => {
      const row = `${what} against ${baseline.what} (p50)`;
      const ratio = measured.p50 / base;
      return expected ? atMost(row, ratio, 1.3, times) : { what: row, value: times(ratio) };
    }),
  ]);
}

async function measure({ what, input, ask, expected }: Subject): Promise<Timing> {
  await ask(promptOf(0));
  const reply = await ask(promptOf(input(0)));
  const metadata = reply?.response_metadata.reprise as { match?: string } | undefined;
  if (metadata?.match !== expected || !reply?.text.includes(orderOf(input(0)))) throw new Error(`${what}: not what is measured`);
  return time({ warmup: 300, runs: 2_000 }, (index) => promptOf(input(index)), ask);
}

if (import.meta.main) await measureThroughLangChain();
