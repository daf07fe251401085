/** Measures a long conversation that grows step by step: 50 messages of 1 KB, then one step more. */
import { createCache, type Message, type Reply } from "reprise";
import { fresh, randomFrom, valuesOf } from "./corpus.ts";
import { atMost, printTable, time, times, timing } from "./measure.ts";

const LENGTH = 50;

/** A step of an agent: its call, and the tool's result, together about 2 KB. */
function step(number: number, order: string): Message[] {
  const random = randomFrom(number + 1);
  const rows = Array.from({ length: 18 }, (_, row) => ({
    row,
    item: `part ${row}`,
    price: Math.floor(random() * 10_000) / 100,
  }));
  const id = `call_${number}`;
  return [
    {
      role: "assistant",
      content: `Step ${number}. ${"I look up what the customer asked for before I answer, one table at a time. ".repeat(11)}`,
      tool_calls: [
        {
          id,
          type: "function",
          function: { name: "read_table", arguments: JSON.stringify({ order, table: number }) },
        },
      ],
    },
    { role: "tool", tool_call_id: id, content: JSON.stringify({ order, table: number, rows }) },
  ];
}

function conversation(messages: number, order: string): Message[] {
  const found: Message[] = [
    { role: "system", content: "You work for a warehouse. ".repeat(40) },
    { role: "user", content: `Check order ${order}, table by table.` },
  ];
  for (let number = 0; found.length < messages; number++) found.push(...step(number, order));
  return found;
}

const reply = (order: string): Reply => ({ role: "assistant", content: `Order ${order} is complete.` });

/**
 * Prints what the whole conversation costs, what a further step costs, and what that step's messages cost
 * alone.
 */
export async function measureConversation(): Promise<void> {
  const cache = createCache({ policy: "eager" });
  const ask = (messages: Message[]) => ({ model: "bench", messages });
  const taught = valuesOf(1).order;
  const last = (order: string) => step((LENGTH - 2) / 2, order);
  for (const messages of [conversation(LENGTH, taught), conversation(LENGTH + 2, taught), last(taught)]) {
    await cache.observe({ ...ask(messages), bindings: { order: taught } }, reply(taught));
  }
  const size = JSON.stringify(conversation(LENGTH, taught)).length;

  const runs = { warmup: 300, runs: 2_000 };
  let asked = 1_000_000;
  const next = () => valuesOf(asked++).order;
  const lookup = async (messages: Message[]) => {
    const answer = await cache.lookup(ask(messages));
    if (answer.status !== "hit" || answer.match !== "template")
      throw new Error(`not a template hit: ${JSON.stringify(answer)}`);
  };
  const cold = await time(runs, () => fresh(conversation(LENGTH, next())), lookup);
  const onward = await time(
    runs,
    async () => {
      const messages = fresh(conversation(LENGTH, next()));
      await lookup(messages);
      // The messages looked up a step ago and the new ones arrive as new objects, as they do from a client.
      return fresh([...messages, ...last(orderOf(messages))]);
    },
    lookup,
  );
  const same = await time(
    runs,
    async () => {
      const messages = fresh(conversation(LENGTH, next()));
      await lookup(messages);
      return [...messages, ...fresh(last(orderOf(messages)))];
    },
    lookup,
  );
  const alone = await time(runs, () => fresh(last(next())), lookup);
  await cache.close();

  printTable(`a conversation of ${LENGTH} messages, ${Math.round(size / 1024)} KB, template hits`, [
    { what: "cold", value: timing(cold) },
    { what: "one step on, all messages parsed anew", value: timing(onward) },
    { what: "one step on, the earlier message objects kept", value: timing(same) },
    { what: "the new messages alone", value: timing(alone) },
    atMost("one step on (parsed anew) against the new messages alone (p50)", {
      measured: onward.p50 / alone.p50,
      limit: 2,
      print: times,
    }),
    atMost("one step on (objects kept) against the new messages alone (p50)", {
      measured: same.p50 / alone.p50,
      limit: 2,
      print: times,
    }),
  ]);
}

function orderOf(messages: readonly Message[]): string {
  return /\d{6,}/.exec(String(messages[1]?.content))?.[0] ?? "";
}
