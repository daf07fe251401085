/** Seven kinds of repeated work, each learned from examples with no model asked to find the template. */
import { type CacheRequest, createCache, type Reply } from "reprise";

type Exchange = readonly [
  messages: CacheRequest["messages"],
  reply: Reply,
  bindings?: CacheRequest["bindings"],
];

const user = (content: string) => ({ role: "user", content });
const says = (content: string): Reply => ({ role: "assistant", content });
const calls = (name: string, ...all: unknown[]): Reply => ({
  role: "assistant",
  content: null,
  tool_calls: all.map((args) => ({
    id: "call",
    type: "function",
    function: { name, arguments: JSON.stringify(args) },
  })),
});
const result = (value: unknown) => ({ role: "tool", tool_call_id: "call", content: JSON.stringify(value) });

/**
 * Plays exchanges through a fresh cache and prints what each lookup said, then the template that serves by
 * the end.
 */
async function play(title: string, exchanges: readonly Exchange[]): Promise<void> {
  const cache = createCache();
  let outcomes = "";
  let last = "";
  for (const [messages, reply, bindings] of exchanges) {
    const answer = await cache.lookup({ messages, bindings });
    outcomes +=
      answer.status === "hit" ? " hit" : ` ${answer.status === "miss" ? answer.reason : answer.status}`;
    if (answer.status === "hit") {
      const said =
        answer.reply.tool_calls
          ?.map((call) => `${call.function.name}(${call.function.arguments})`)
          .join(" ") ?? answer.reply.content;
      last = JSON.stringify(said) === JSON.stringify(replyText(reply)) ? `${said}` : `WRONG ${said}`;
      continue;
    }
    await cache.observe({ messages, bindings }, reply);
    await cache.settled();
  }
  console.log(`${title}\n  lookups:${outcomes}\n  last hit: ${last}`);
  const final = exchanges.at(-1);
  const serving =
    final &&
    cache
      .explain({ messages: final[0], bindings: final[2] })
      .templates.find((template) => template.standing === "live");
  for (const line of [...(serving?.turns ?? []), `=> ${serving?.reply}`]) console.log(`    ${line}`);
  await cache.close();
}

function replyText(reply: Reply): unknown {
  return (
    reply.tool_calls?.map((call) => `${call.function.name}(${call.function.arguments})`).join(" ") ??
    reply.content
  );
}

const people = [
  ["Erik Dunteman", "Butter", "butter"],
  ["Raymond Tana", "Granite", "salt"],
  ["Alice Munro", "Harbour", "lemon"],
  ["Bela Bartok", "Quartet", "paprika"],
  ["Carla Bruni", "Riviera", "olives"],
  ["Dina Sanich", "Lantern", "honey"],
  ["Emil Nolde", "Palette", "dill"],
  ["Fanny Hensel", "Overture", "mint"],
  ["Gustav Holst", "Planet", "thyme"],
  ["Hilma Klint", "Temple", "garlic"],
  ["Igor Levit", "Marathon", "ginger"],
  ["Jutta Hipp", "Hickory", "basil"],
] as const;

await play(
  "A greeting: the name flows into the reply, the rest is left open",
  people.map(([name, company, food]) => {
    const first = name.split(" ")[0];
    return [
      [user(`${name} works at ${company}. ${first} loves to code and to cook with ${food}.`)],
      says(`Nice to meet you, ${first} of ${company}!`),
    ];
  }),
);

const six = people.slice(0, 6);

await play(
  "An agent: the reply comes out of a tool's JSON result",
  six.map(([name], index) => [
    [
      user(`Refund the latest order of ${name}`),
      calls("find_orders", { customer: name }),
      result([
        { id: `A-${100 + index}`, total: 12 + index },
        { id: `B-${200 + index * 3}`, total: 40 + index },
      ]),
    ],
    calls("refund", { order: `B-${200 + index * 3}`, customer: name }),
  ]),
);

const statuses = ["open", "shipped", "open", "open", "shipped", "open"];

await play(
  "A list: a call for each of the open orders, however many there are",
  people.slice(0, 9).map(([name], index) => {
    const orders = Array.from({ length: 3 + (index % 4) }, (_, at) => ({
      id: `A-${100 + index * 10 + at}`,
      status: statuses[at],
    }));
    const open = orders.filter(({ status }) => status === "open");
    return [
      [
        user(`Cancel whatever ${name} has not got yet`),
        calls("find_orders", { customer: name }),
        result(orders),
      ],
      calls("cancel", ...open.map(({ id }) => ({ order: id, note: `${id} cancelled for ${name}` }))),
    ];
  }),
);

await play(
  "Arithmetic: a reply that shows its working is a chain of small derivations",
  [
    [14, 37, 9],
    [6, 125, 40],
    [23, 64, 17],
    [11, 89, 30],
    [17, 42, 25],
    [8, 310, 55],
    [12, 75, 35],
  ].map(([count = 0, price = 0, off = 0]) => [
    [user(`A shop sells ${count} books at $${price} each and takes $${off} off. What is the total?`)],
    says(`${count} * ${price} = ${count * price}. ${count * price} - ${off} = ${count * price - off}.`),
  ]),
);

await play(
  "Form filling: each argument in the form its tool wants",
  six.map(([name, company], index) => [
    [user(`Register ${name} of ${company}, arriving on November ${12 + index}`)],
    calls("register", {
      name,
      login: name.toLowerCase().replace(" ", "."),
      company,
      arrival: `2023-11-${12 + index}`,
    }),
  ]),
);

await play(
  "String manipulation: by examples only, with no words around the data",
  six.map(([name]) => [[user(name)], says(`${name[0]}. ${name.split(" ")[1]}`)]),
);

await play(
  "Bindings: what the caller names is data, and the rest of the question is wording",
  people.slice(0, 3).map(([name, company], index) => {
    const day = `November ${12 + index}, 2023`;
    return [
      [
        user(`Register ${name}, arriving on ${day}`),
        calls("find_company", { person: name }),
        result({ id: `C-${10 + index}`, company }),
      ],
      calls("register", {
        first: name.split(" ")[0],
        company: `C-${10 + index}`,
        arrival: `2023-11-${12 + index}`,
      }),
      { guest: name, day },
    ];
  }),
);
