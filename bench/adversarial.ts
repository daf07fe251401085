/** Measures messages of 1 MB that were made to be slow, against a scope of 1,000 templates. */
import { createCache, type Message } from "reprise";
import { fresh, randomFrom, replyFor, requestFor, valuesOf, wording } from "./corpus.ts";
import { micros, printTable, quantiles, type Row } from "./measure.ts";
import { ROOMY, teach } from "./scale.ts";

const SIZE = 1_000_000;
const LIMIT = 10_000;

function filled(piece: (index: number) => string): string {
  const pieces: string[] = [];
  let length = 0;
  for (let index = 0; length < SIZE; index++) {
    const text = piece(index);
    pieces.push(text);
    length += text.length;
  }
  return pieces.join("").slice(0, SIZE);
}

const user = (content: string): Message[] => [{ role: "user", content }];
const result = (content: string): Message[] => [
  ...user("read it"),
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "a", function: { name: "read", arguments: "{}" } }],
  },
  { role: "tool", tool_call_id: "a", content },
];
const called = (args: string): Message[] => [
  ...user("write it"),
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "a", function: { name: "write", arguments: args } }],
  },
];

/** Each kind of attack, and whom it is aimed at. */
function attacks(): Readonly<Record<string, () => Message[]>> {
  const random = randomFrom(3);
  const { head, middle, tail } = wording(0);
  const system = requestFor(0, valuesOf(0)).messages[0] as Message;
  const entry = (index: number): string => `"k${index}":{"a":${index},"b":"v${index}"}`;
  const wrapped = (items: string, open: string, close: string): string =>
    `${open}${items.slice(0, items.lastIndexOf(","))}${close}`;
  return {
    "one letter": () => user("a".repeat(SIZE)),
    "a template's literals, over and over": () => [system, ...user(filled(() => `${head}1${middle}`) + tail)],
    "a template's literals, the last one missing": () => [system, ...user(head + filled(() => `7${middle}`))],
    "every template's rarest words": () => [
      system,
      ...user(filled((index) => `${wording(index % 1_000).head} ${wording(index % 1_000).tail} `)),
    ],
    "words nobody knows": () => [system, ...user(filled(() => `${random().toString(36).slice(2)} `))],
    "one value of 1 MB in a slot": () => [system, ...user(`${head}${"7".repeat(SIZE)}${middle}Ann${tail}`)],
    "lone surrogates": () => user("\ud800".repeat(SIZE)),
    "text beyond ASCII": () => user("é語".repeat(SIZE / 2)),
    "a JSON result of many keys": () =>
      result(
        wrapped(
          filled((index) => `${entry(index)},`),
          "{",
          "}",
        ),
      ),
    "a JSON result of many numbers": () =>
      result(
        wrapped(
          filled((index) => `${index},`),
          "[",
          "]",
        ),
      ),
    "a JSON result of brackets": () => result("[".repeat(SIZE / 2) + "]".repeat(SIZE / 2)),
    "a JSON result of one string": () => result(`{"a":"${"b".repeat(SIZE)}"}`),
    "a JSON result of escapes": () => result(`{"a":"${"\\n".repeat(SIZE / 2)}"}`),
    "a number of 1 MB": () => result(`[${"9".repeat(SIZE)}]`),
    "arguments of many keys": () =>
      called(
        wrapped(
          filled((index) => `${entry(index)},`),
          "{",
          "}",
        ),
      ),
    "arguments with a key twice at the end": () =>
      called(
        `${wrapped(
          filled((index) => `${entry(index)},`),
          "{",
          "",
        )},"k0":1}`,
      ),
    "10,000 messages": () =>
      Array.from({ length: 10_000 }, (_, index) => ({ role: "user", content: `${index}`.padEnd(100, "x") })),
  };
}

/** Prints, for each kind, the longest time for which one lookup held the event loop. */
export async function measureAdversarial(): Promise<void> {
  const cache = createCache({ ...ROOMY, policy: "eager" });
  await teach(cache, 1_000);
  // JSON results meet templates too.
  const values = valuesOf(5);
  await cache.observe(
    {
      model: "bench",
      messages: result(JSON.stringify({ order: values.order })),
      bindings: { order: values.order },
    },
    replyFor(1, values),
  );

  const rows: Row[] = [];
  for (const [what, make] of Object.entries(attacks())) {
    const blocks: number[] = [];
    let outcome = "";
    for (let round = 0; round < 8; round++) {
      const messages = fresh(make());
      // Another end each time: what is remembered of the round before must not help.
      messages.push({ role: "user", content: `round ${round}` });
      const start = performance.now();
      // A lookup in memory runs to its end before it gives its promise back: this is the block.
      const pending = cache.lookup({ model: "bench", messages });
      const held = (performance.now() - start) * 1e3;
      const answer = await pending;
      // The first rounds run before the code is optimised.
      if (round >= 3) blocks.push(held);
      outcome =
        answer.status === "hit"
          ? answer.match
          : answer.status === "miss"
            ? `miss ${answer.reason}`
            : `bypass ${answer.reason}`;
    }
    const { p50, max } = quantiles(blocks);
    rows.push({
      what,
      value: `${micros(p50)}, longest ${micros(max)}  (${outcome})`,
      target: `≤ ${micros(LIMIT)}`,
      met: max <= LIMIT,
    });
  }
  await cache.close();
  printTable("a message of 1 MB: how long one lookup holds the event loop", rows);
}
