/**
 * A support agent with three tools, run for several customers, plain and streamed. The first case of a kind
 * is worked out by the model; the others take the same way through templates. `npm run demo` runs this; `npm
 * run demo -- --steps` shows each step, and what the cache knows afterwards.
 */
import { generateText, isStepCount, streamText, tool, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { z } from "zod";
import { DemoReport } from "./support/demo-report.ts";
import { openModel } from "./support/model.ts";
import type { Conversation, Decision } from "./support/scripted-model.ts";

interface Customer {
  readonly name: string;
  readonly email: string;
  readonly customer: string;
  readonly order: string;
  readonly item: string;
  readonly city: string;
  readonly status: string;
  readonly ticket: string;
}

const customers: readonly Customer[] = [
  ["Erik", "erik@butter.example", "C-1041", "A-7001", "espresso machine", "Oslo", "delayed", "T-501"],
  ["Maria", "maria@acme.example", "C-2230", "A-7002", "desk lamp", "Lisbon", "delayed", "T-502"],
  ["Kenji", "kenji@acme.example", "C-0077", "B-1200", "rain coat", "Kyoto", "delivered", ""],
  ["Amina", "amina@souk.example", "C-9000", "B-1201", "teapot", "Rabat", "delayed", "T-504"],
  ["Jonas", "jonas@farm.example", "C-3141", "B-1202", "wheelbarrow", "Malmo", "delivered", ""],
].map(
  ([name = "", email = "", customer = "", order = "", item = "", city = "", status = "", ticket = ""]) => {
    return { name, email, customer, order, item, city, status, ticket };
  },
);

// The agent's backend. What it learns of a customer on the way, it tells the cache: these values are data.
const known = new Map<string, string>();
const learn = <Row extends Record<string, string>>(row: Row): Row => {
  for (const [name, value] of Object.entries(row)) known.set(name, value);
  return row;
};
const find = (test: (customer: Customer) => boolean): Customer => {
  const found = customers.find(test);
  if (!found) throw new Error("not found");
  return found;
};

const tools = {
  find_customer: tool({
    description: "Finds a customer by e-mail address",
    inputSchema: z.object({ email: z.string() }),
    execute: async ({ email }) => {
      const { customer, name } = find((one) => one.email === email);
      return { ...learn({ customer, name }), active: true };
    },
  }),
  get_order: tool({
    description: "Looks up an order of a customer",
    inputSchema: z.object({ customer: z.string(), order: z.string() }),
    execute: async (asked) => {
      const { order, item, city, status } = find(
        (one) => one.order === asked.order && one.customer === asked.customer,
      );
      return { ...learn({ order, item, city }), status, hops: [{ place: "warehouse" }, { place: city }] };
    },
  }),
  open_ticket: tool({
    description: "Opens a ticket about an order",
    inputSchema: z.object({ order: z.string(), text: z.string() }),
    execute: async (asked) => learn({ ticket: find((one) => one.order === asked.order).ticket }),
  }),
};

// No served reply is checked by asking the model too, so that what is printed is the same each time.
const cache = createCache({ policy: "eager", auditRate: 0 });
const { model: inner, calls } = await openModel(work);
const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });

/** The steps of the agent for a customer, whichever model it asks. */
async function serve({ name, email, order }: Customer, asked: typeof model, streamed: boolean) {
  known.clear();
  learn({ name, email, order });
  const run = {
    model: asked,
    tools,
    instructions:
      "You are the support agent of a small shop. Look things up, open a ticket for delayed orders, answer in one line.",
    prompt: `I am ${name} (${email}). Where is my order ${order}?`,
    stopWhen: isStepCount(6),
    prepareStep: () => ({ providerOptions: { reprise: { bindings: Object.fromEntries(known) } } }),
  };
  return streamed ? await streamText(run).steps : (await generateText(run)).steps;
}

const report = new DemoReport();
for (const [index, customer] of customers.entries()) {
  const before = performance.now();
  const steps = await serve(customer, model, index % 2 === 1);
  report.add(customer.name, steps, performance.now() - before);
  // An answer waits no longer than 50 ms for learning; on a busy machine the next customer might come before
  // it is done.
  await cache.settled();
}
const modelCalls = calls();
// What the model alone says to all of them, to compare with what was served.
for (const customer of customers) report.compare(customer.name, await serve(customer, inner, false));

if (process.argv.includes("--steps")) {
  report.printSteps();
  console.log(`\nWhat the cache knows:\n${cache.printTree()}\n`);
}
report.printSummary(modelCalls);
if (!process.argv.includes("--steps"))
  console.log("\nEach step, and what the cache knows now: npm run demo -- --steps");
await cache.close();

/** What the scripted model does with a customer's question. */
function work({ question, results }: Conversation): Decision {
  const [, email, order] = /\((\S+)\)\. Where is my order (\S+)\?/.exec(question) ?? [];
  const given = Object.assign({}, ...results.map(({ output }) => output)) as Partial<Customer> & {
    status?: string;
  };
  if (results.length === 0) return { call: [{ tool: "find_customer", input: { email } }] };
  if (results.length === 1)
    return { call: [{ tool: "get_order", input: { customer: given.customer, order } }] };
  if (given.status === "delivered")
    return { say: `${given.name}, your ${given.item} was delivered in ${given.city}.` };
  if (results.length === 2) {
    return {
      call: [
        {
          tool: "open_ticket",
          input: { order, text: `Order ${order} is ${given.status} in ${given.city}.` },
        },
      ],
    };
  }
  return {
    say: `${given.name}, your ${given.item} is ${given.status} in ${given.city}; we look into it as ${given.ticket}.`,
  };
}
