/**
 * The kinds of large input that learning has to bear, each in any size: what people paste, and what tools
 * give back.
 */
import type { ContentPart, Message, Reply } from "reprise";

/** A conversation and the reply to it. */
export interface LargeExchange {
  readonly messages: Message[];
  readonly reply: Reply;
}

/**
 * Makes an exchange of about `size` characters. Two of one kind with other `seed`s are worded alike and
 * differ in their data.
 */
export type LargeKind = (size: number, seed: number) => LargeExchange;

const NAMES = [
  "Ann Marsh",
  "Bob Dole",
  "Cid Cole",
  "Dan Dorn",
  "Eva Lund",
  "Finn Ode",
  "Gus Hale",
  "Ida Kern",
];
const WORDS =
  "the report about shipping costs was sent to all offices before noon and nobody has answered it yet".split(
    " ",
  );
const nameOf = (index: number): string => NAMES[index % NAMES.length] as string;
const wordOf = (index: number): string => WORDS[(index * 7) % WORDS.length] as string;

/** Pieces, one after another, up to a size. */
function filled(size: number, separator: string, piece: (index: number) => string): string[] {
  const pieces: string[] = [];
  for (let length = 0; length < size; ) {
    const text = piece(pieces.length);
    pieces.push(text);
    length += text.length + separator.length;
  }
  return pieces;
}

const user = (content: string | readonly ContentPart[]): Message => ({
  role: "user",
  content: content as string,
});
const says = (content: string): Reply => ({ role: "assistant", content });
const calls = (name: string, args: unknown): Reply => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "call_x", type: "function", function: { name, arguments: JSON.stringify(args) } }],
});
/** A question, a call, and its result. */
const after = (question: string, result: unknown): Message[] => [
  user(question),
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "call_a", type: "function", function: { name: "read", arguments: "{}" } }],
  },
  { role: "tool", tool_call_id: "call_a", content: JSON.stringify(result) },
];
const order = (index: number, seed: number): Record<string, unknown> => ({
  id: `A-${seed * 1_000_003 + index}`,
  name: nameOf(index + seed),
  amount: (index * 37 + seed) % 1_000,
  state: index % 3 ? "open" : "closed",
  note: `${wordOf(index)} ${wordOf(index + 3)}`,
});
const ordersOf = (size: number, seed: number): Record<string, unknown>[] =>
  filled(size, ",", (index) => JSON.stringify(order(index, seed))).map(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );

/** Each kind by its name. */
export const LARGE_KINDS: Readonly<Record<string, LargeKind>> = {
  "quotation marks": (size, seed) => ({
    messages: [user(`Check order A-${seed}: ${'"'.repeat(size)}`)],
    reply: calls("check", { order: `A-${seed}` }),
  }),
  "JSON, pasted": (size, seed) => ({
    messages: [
      user(
        `Find the order of ${nameOf(seed)} in this list:\n${JSON.stringify(ordersOf(size, seed), null, 1)}`,
      ),
    ],
    reply: calls("open_order", { id: `A-${seed * 1_000_003 + 2}`, owner: nameOf(seed) }),
  }),
  "JSON, a result": (size, seed) => ({
    messages: after(`Find the order of ${nameOf(seed)}`, ordersOf(size, seed)),
    reply: calls("open_order", { id: `A-${seed * 1_000_003 + 2}`, owner: nameOf(seed) }),
  }),
  CSV: (size, seed) => ({
    messages: [
      user(
        `Sum up the sales of ${nameOf(seed)}:\nid,name,amount,date\n${filled(size, "\n", (index) => `${seed * 7_001 + index},${nameOf(index)},${(index * 37 + seed) % 1_000}.50,2024-0${(index % 9) + 1}-1${index % 10}`).join("\n")}`,
      ),
    ],
    reply: says(`${nameOf(seed)} has sold for ${seed + 120}.50 in all.`),
  }),
  logs: (size, seed) => ({
    messages: [
      user(
        `What failed on host web-${seed}?\n${filled(size, "\n", (index) => `2024-03-1${index % 10}T0${index % 9}:1${seed % 10}:${(index % 50) + 10}.${index % 997}Z [INFO] worker-${index % 16} GET /api/v1/items/${index * 13 + seed} 200 ${index % 311}ms`).join("\n")}`,
      ),
    ],
    reply: calls("restart", { host: `web-${seed}` }),
  }),
  mails: (size, seed) => ({
    messages: [
      user(
        `Answer ${nameOf(seed)} in this thread:\n${filled(size, "\n", (index) => `> On Tue, Mar ${(index % 28) + 1}, 2024 at ${(index % 12) + 1}:1${seed % 10} PM ${nameOf(index)} <${wordOf(index)}.${index}@example.com> wrote:\n> Hi ${nameOf(index + 1)}, ${wordOf(index)} ${wordOf(index + 1)} "${wordOf(index + 2)} ${wordOf(index + 5)}" ${wordOf(index + 4)}.`).join("\n")}`,
      ),
    ],
    reply: calls("send_mail", { to: nameOf(seed), text: `Dear ${nameOf(seed)}, thank you.` }),
  }),
  enumerations: (size, seed) => {
    const names = filled(size, ", ", (index) => `${nameOf(index + seed)} ${seed * 9_001 + index}`);
    return {
      messages: [user(`Invite ${names.slice(0, -1).join(", ")} and ${names.at(-1)}.`)],
      reply: calls("invite", { names }),
    };
  },
  "a list, copied": (size, seed) => {
    const items = filled(size, ",", (index) => `item-${seed * 9_001 + index}`);
    return { messages: after("Archive everything", { items }), reply: calls("archive", { ids: items }) };
  },
  "many parts": (size, seed) => ({
    messages: [
      user(
        filled(
          size,
          "",
          (index) =>
            `Line ${index}: ${nameOf(index)} ordered ${(index * 37 + seed) % 100} boxes for ${wordOf(index)}.`,
        ).map((text) => ({ type: "text", text })),
      ),
    ],
    reply: says(`The first is ${nameOf(0)} with ${seed % 100} boxes.`),
  }),
  "combining characters": (size, seed) => ({
    messages: [user(`Read A-${seed}: ${"e\u0301\u0327".repeat(size / 3)}`)],
    reply: calls("read_aloud", { id: `A-${seed}` }),
  }),
  "copied words": (size, seed) => {
    const text = filled(
      size / 2,
      " ",
      (index) => `${wordOf(index)} ${nameOf(index)} ${seed * 9_001 + index * 3}`,
    ).join(" ");
    return { messages: [user(`Repeat after me: ${text}`)], reply: says(`You said: ${text}`) };
  },
};
