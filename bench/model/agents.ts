/**
 * Small agents whose work needs what a model knows, or shows only after many examples; and an oracle that
 * knows how each of them makes its replies.
 */
import type { InductionModel, Message, Reply } from "reprise";
import { randomFrom } from "../corpus.js";

/** A stretch with its variable; `noise` if nothing depends on it. */
interface Stretch {
  readonly text: string;
  readonly name: string;
  readonly noise?: true;
}

/** One run of an agent: a question, the reply, and how the one leads to the other. */
export interface Run {
  readonly messages: readonly Message[];
  readonly reply: Reply;
  /** What stands in the question, and in the texts of the reply, by label. */
  readonly heard: readonly Stretch[];
  readonly said: Readonly<Record<string, readonly Stretch[]>>;
  readonly derive: Readonly<Record<string, Derived>>;
}

type Derived =
  | { readonly on: readonly string[]; readonly expression: string }
  | { readonly on: readonly [string]; readonly table: Readonly<Record<string, string>> };

export type Agent = (random: () => number) => Run;

const call = (name: string, args: unknown): Reply => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "c1", type: "function", function: { name, arguments: JSON.stringify(args) } }],
});
const one = <Item>(items: readonly Item[], random: () => number): Item =>
  items[Math.floor(random() * items.length)] as Item;

const CAPITALS = {
  Norway: "Oslo",
  Japan: "Tokyo",
  Peru: "Lima",
  Italy: "Rome",
  Kenya: "Nairobi",
  Chile: "Santiago",
  Egypt: "Cairo",
  Cuba: "Havana",
  Ghana: "Accra",
  Nepal: "Kathmandu",
};
const FAULTS = { dead: "electric", slow: "upgrade", noisy: "mechanic", wet: "drying", cracked: "glass" };
const THINGS = ["pump", "mixer", "router", "printer", "scooter", "freezer", "camera", "drone"];
const NAMES = [
  "Ada Holm",
  "Ben Okoro",
  "Cleo Marsh",
  "Dev Anand",
  "Eli Stone",
  "Fay Wong",
  "Gil Torres",
  "Hana Kim",
];
const CHATS = [
  "lovely weather",
  "what a week",
  "coffee is on me",
  "see you soon",
  "thanks in advance",
  "no hurry",
];

export const AGENTS: Readonly<Record<string, Agent>> = {
  "capital of a country (a table)": (random) => {
    const country = one(Object.keys(CAPITALS), random) as keyof typeof CAPITALS;
    const city = CAPITALS[country];
    return {
      messages: [{ role: "user", content: `Book a guide in the capital of ${country}` }],
      reply: call("book_guide", { city }),
      heard: [{ text: country, name: "country" }],
      said: { "reply.city": [{ text: city, name: "city" }] },
      derive: { city: { on: ["country"], table: CAPITALS } },
    };
  },
  "workshop for a fault (a table, a copy)": (random) => {
    const fault = one(Object.keys(FAULTS), random) as keyof typeof FAULTS;
    const thing = one(THINGS, random);
    return {
      messages: [{ role: "user", content: `The ${thing} is ${fault} again.` }],
      reply: call("send_to", { workshop: FAULTS[fault], thing }),
      heard: [
        { text: thing, name: "thing" },
        { text: fault, name: "fault" },
      ],
      said: {
        "reply.workshop": [{ text: FAULTS[fault], name: "workshop" }],
        "reply.thing": [{ text: thing, name: "thing" }],
      },
      derive: { workshop: { on: ["fault"], table: FAULTS } },
    };
  },
  "bill with tax (arithmetic)": (random) => {
    const [count, price] = [2 + Math.floor(random() * 30), 5 + Math.floor(random() * 90)];
    const total = (count * price * 6) / 5;
    const text = Number.isInteger(total) ? String(total) : total.toFixed(1);
    return {
      messages: [{ role: "user", content: `Bill ${count} hours at ${price} euros with 20 percent tax` }],
      reply: call("bill", { hours: count, total: Number(text) }),
      heard: [
        { text: String(count), name: "hours" },
        { text: String(price), name: "rate" },
      ],
      said: {
        "reply.hours": [{ text: String(count), name: "hours" }],
        "reply.total": [{ text, name: "total" }],
      },
      derive: { total: { on: ["hours", "rate"], expression: "number(hours) * number(rate) * 6 / 5" } },
    };
  },
  "badge of a guest (forms of a name)": (random) => {
    const name = one(NAMES, random);
    const day = 1 + Math.floor(random() * 28);
    const code = `${name[0]}${name.split(" ")[1]?.[0]}-${day + 100}`;
    return {
      messages: [{ role: "user", content: `Make a badge for ${name}, room ${day}` }],
      reply: call("make_badge", { name, code }),
      heard: [
        { text: name, name: "guest" },
        { text: String(day), name: "room" },
      ],
      said: {
        "reply.name": [{ text: name, name: "guest" }],
        "reply.code": [{ text: code, name: "code" }],
      },
      derive: {
        code: { on: ["guest", "room"], expression: 'concat(initials(guest), "-", text(number(room) + 100))' },
      },
    };
  },
  "a greeting that decides nothing (noise)": (random) => {
    const [name, chat] = [one(NAMES, random), one(CHATS, random)];
    return {
      messages: [{ role: "user", content: `Please page ${name} for me; ${chat}` }],
      reply: call("page", { who: name }),
      heard: [
        { text: name, name: "who" },
        { text: chat, name: "small_talk", noise: true },
      ],
      said: { "reply.who": [{ text: name, name: "who" }] },
      derive: {},
    };
  },
};

/** So many runs of an agent. */
export function runsOf(agent: Agent, count: number, seed: number): Run[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => agent(random));
}

/** A model that knows of each question how its reply came about. */
export function oracle(runs: readonly Run[]): InductionModel {
  const byText = new Map(runs.map((run) => [String(run.messages.at(-1)?.content), run]));
  let run: Run | undefined;
  return async ({ agent, input }) => {
    if (agent === "identify" || agent === "merge" || agent === "weigh") {
      // Of several, the one it is asked about stands first.
      const { conversation } = firstOf(input as Shown);
      run = byText.get(conversation.at(-1)?.texts[0]?.text ?? "");
    }
    if (agent === "identify" || agent === "merge") {
      const spans = run ? spansOf(run) : [];
      return { value: agent === "merge" ? { together: [0], spans } : { spans } };
    }
    return { value: run ? answer(run, agent, input) : {} };
  };
}

interface Conversation {
  readonly conversation: readonly { readonly texts: readonly { readonly text: string }[] }[];
}

/** What the agents are shown that see a conversation. */
type Shown =
  | Conversation
  | { readonly exchange: Conversation }
  | { readonly examples: readonly [Conversation] };

function firstOf(input: Shown): Conversation {
  if ("examples" in input) return input.examples[0];
  return "exchange" in input ? input.exchange : input;
}

function spansOf({ heard, said }: Run) {
  return [
    ...heard.map((each) => ({ ...each, at: "m0" })),
    ...Object.entries(said).flatMap(([at, all]) => all.map((each) => ({ ...each, at }))),
  ].map(({ at, text, noise }) => ({ at, text, nth: 1, use: noise ? "noise" : "data" }));
}

function answer({ heard, said, derive }: Run, agent: string, input: unknown): unknown {
  const stretches = [
    ...heard.map((each) => ({ ...each, at: "m0" })),
    ...Object.entries(said).flatMap(([at, all]) => all.map((each) => ({ ...each, at }))),
  ];
  if (agent === "name")
    return {
      names: (input as { stretches: readonly { span: number; at: string; text: string }[] }).stretches.map(
        ({ span, at, text }) => ({
          span,
          name: stretches.find((each) => each.at === at && each.text === text)?.name ?? "other",
        }),
      ),
    };
  if (agent === "arrange")
    return {
      depends: Object.entries(derive).map(([variable, { on }]) => ({ variable, on })),
      entry: null,
    };
  if (agent === "derive")
    return {
      derivations: Object.entries(derive).map(([variable, how]) => ({
        variable,
        expression: "expression" in how ? how.expression : null,
        table:
          "table" in how
            ? { of: how.on[0], rows: Object.entries(how.table).map(([key, value]) => ({ key, value })) }
            : null,
      })),
      conditions: [],
    };
  const idle = new Set(heard.filter(({ noise }) => noise).map(({ name }) => name));
  return {
    verdicts: (input as { unused: readonly { variable: string; value: string }[] }).unused.map(
      ({ variable, value }) => ({
        variable,
        decides: !(idle.has(variable) || heard.some((each) => each.noise && each.text === value)),
      }),
    ),
  };
}
