/**
 * An agent of LangChain's with two tools behind `repriseMiddleware`: it books tables for several guests. The
 * first guest is served by the model, the others take the same way through templates, invoked and streamed
 * alike.
 */
import { AIMessageChunk } from "@langchain/core/messages";
import { createAgent, tool } from "langchain";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/langchain";
import { z } from "zod";
import { openChatModel } from "./support/langchain-model.ts";
import { printReplies } from "./support/langchain-report.ts";
import type { Conversation, Decision } from "./support/scripted-model.ts";

const guests = [
  { guest: "Erik", place: "Lofoten", table: "T-12" },
  { guest: "Maria", place: "Solar", table: "T-31" },
  { guest: "Kenji", place: "Kissa", table: "T-07" },
] as const;

// What the tools find on the way is data: it is told to the cache with the next step.
const known: Record<string, string> = {};

const findTable = tool(
  ({ place }) => {
    known.table = guests.find((one) => one.place === place)?.table ?? "none";
    return { table: known.table, free: known.table !== "none" };
  },
  {
    name: "find_table",
    description: "Finds a free table in a restaurant",
    schema: z.object({ place: z.string() }),
  },
);
const book = tool(({ table }) => ({ booked: table }), {
  name: "book",
  description: "Books a table for a guest",
  schema: z.object({ table: z.string(), guest: z.string() }),
});

// No served reply is checked by asking the model too, so that what is printed is the same each time.
const cache = createCache({ policy: "eager", auditRate: 0 });
const agent = createAgent({
  model: await openChatModel(work),
  tools: [findTable, book],
  systemPrompt: "You book tables. Find one, book it, and confirm in one line.",
  middleware: [repriseMiddleware(cache)],
});

let hits = 0;
let replies = 0;
for (const { guest, place } of guests) {
  delete known.table;
  Object.assign(known, { guest, place });
  const before = performance.now();
  const { messages } = await agent.invoke(
    { messages: [{ role: "user", content: `A table at ${place} for ${guest}, please.` }] },
    // Read at every step, so what a tool has just found is in it.
    { context: { reprise: { bindings: known } } },
  );
  hits += printReplies(guest, messages, performance.now() - before);
  replies += messages.filter(({ type }) => type === "ai").length;
}

console.log("\nThe last guest again, streamed:");
for await (const [message] of await agent.stream(
  { messages: [{ role: "user", content: "A table at Kissa for Kenji, please." }] },
  { streamMode: "messages" },
)) {
  if (AIMessageChunk.isInstance(message)) process.stdout.write(message.text);
}

console.log(
  `\n\n${replies} replies of three guests, ${hits} of them without the model.\n\n${cache.printTree()}`,
);
await cache.close();

/** What the scripted model does with a guest's wish. */
function work({ question, results }: Conversation): Decision {
  const [, place, guest] = /at (\w+) for (\w+)/.exec(question) ?? [];
  const { table } = Object.assign({}, ...results.map(({ output }) => output)) as { table?: string };
  if (results.length === 0) return { call: [{ tool: "find_table", input: { place } }] };
  if (results.length === 1) return { call: [{ tool: "book", input: { table, guest } }] };
  return { say: `${guest}, table ${table} at ${place} is yours.` };
}
