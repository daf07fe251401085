/** What a model can add: the essays' examples and others, each with what a good model says of the first one. */
import { gives } from "./agent.js";
import { calls, said, user } from "./cache.js";
import { type ModelCase, reply } from "./model-cases.js";

const weather = (city: string, state: string) =>
  [[user(`How is the weather in ${city} today?`)], calls("get_weather", { city, state })] as const;
const century = (decade: string, ordinal: string, day: string) =>
  [
    [user(`On what day of the week did the ${decade} start?`)],
    reply(`The first day of the ${ordinal} century was a ${day}.`),
  ] as const;
const greeting = (name: string, company: string, activity: string, food: string) =>
  [
    [
      user(
        `${name} works at ${company}. ${name.split(" ")[0]} loves to ${activity} and to cook with ${food}.`,
      ),
    ],
    reply(`Nice to meet you, ${name.split(" ")[0]} of ${company}!`),
  ] as const;
const shop = (count: number, price: number, off: number) =>
  [
    [user(`A shop sells ${count} books at $${price} each and takes $${off} off. What is the total?`)],
    reply(`${count} * ${price} = ${count * price}. ${count * price} - ${off} = ${count * price - off}.`),
  ] as const;
const abbreviated = (name: string, short: string) =>
  [[{ role: "system", content: "Abbreviate the first name." }, user(name)], reply(short)] as const;
const form = (name: string, login: string, company: string, day: number) =>
  [
    [user(`Register ${name} of ${company}, arriving on November ${day}`)],
    calls("register", { name, login, company, arrival: `2023-11-${day}` }),
  ] as const;
const unread = (count: number, answer: string) =>
  [
    [user("Do I have any unread emails?"), said(calls("count_unread", {})), gives({ unread: count })],
    reply(answer),
  ] as const;
const UNREAD = "Yes, there is something new in your inbox.";
const orders = (ids: readonly string[], words: string) =>
  [
    [
      user("How many orders are open?"),
      said(calls("open_orders", {})),
      gives({ orders: ids.map((id) => ({ id })) }),
    ],
    reply(`You have ${words} open orders.`),
  ] as const;
const opposite = (word: string, other: string) =>
  [[user(`What is the opposite of ${word}?`)], reply(other)] as const;
const dayAfter = (day: string, next: string) =>
  [[user(`Book the room for the day after ${day}`)], calls("book_room", { day: next })] as const;
const share = (percent: number, amount: number) =>
  [[user(`What is ${percent}% of ${amount}?`)], reply(String((percent * amount) / 100))] as const;
const club = (who: string, where: string) =>
  [[user(`Put ${who} down for the trip`)], calls("book", { member: who, office: where })] as const;
const order = (before: string, id: string, note: string) =>
  [
    [user(before), said(calls("get_order", { id })), gives({ id, total: 12, customer: `${id}-c` })],
    calls("remind", { order: id, text: note }),
  ] as const;

const OFFICES = { Ann: "Oslo", Bob: "Rome", Cid: "Oslo", Dina: "Lima", Eve: "Rome", Finn: "Oslo" };

export const GOOD: readonly ModelCase[] = [
  {
    name: "Boston is in MA: a table the world knows",
    about: weather("Boston", "MA"),
    says: {
      spans: ["m0 Boston = city", "reply.city Boston = city", "reply.state MA = state"],
      depends: { state: ["city"] },
      derive: {
        state: { of: "city", rows: { Boston: "MA", Seattle: "WA", Chicago: "IL", Denver: "CO" } },
      },
    },
    comes: "kept",
    after: [weather("Seattle", "WA"), weather("Chicago", "IL"), weather("Denver", "CO")],
    never: [user("How is the weather in Miami today?")],
  },
  {
    name: "Boston is in MA: a function of the user's, by its name",
    about: weather("Boston", "MA"),
    options: {
      functions: {
        state_of: ([city]) =>
          ({ Boston: "MA", Seattle: "WA", Chicago: "IL", Denver: "CO" })[String(city)] ?? null,
      },
    },
    says: {
      spans: ["m0 Boston = city", "reply.city Boston = city", "reply.state MA = state"],
      depends: { state: ["city"] },
      derive: { state: "state_of(city)" },
    },
    comes: "kept",
    learns: "state={{state_of(city)}}",
    after: [weather("Seattle", "WA"), weather("Chicago", "IL"), weather("Denver", "CO")],
  },
  {
    name: "the 1900s are the 20th century, and it began on a Monday",
    about: century("1900s", "20th", "Monday"),
    says: {
      spans: ["m0 1900s = decade", "reply 20th = century", "reply Monday = weekday"],
      depends: { century: ["decade"], weekday: ["decade"] },
      derive: {
        century: 'ordinal(floor(number(before(decade, "s")) / 100) + 1)',
        weekday: 'weekday(concat(before(decade, "s"), "-01-01"))',
      },
    },
    comes: "kept",
    after: [
      century("1800s", "19th", "Wednesday"),
      century("1700s", "18th", "Friday"),
      century("2000s", "21st", "Saturday"),
      century("1600s", "17th", "Saturday"),
    ],
  },
  {
    name: "Erik Dunteman works at Butter: the food is noise, and butter is no Butter",
    about: greeting("Erik Dunteman", "Butter", "code", "butter"),
    says: {
      spans: [
        "m0 Erik Dunteman = full_name",
        "m0 Butter = company",
        "m0#2 Erik = first_name",
        "~m0 code = activity",
        "~m0 butter = ingredient",
        "reply Erik = first_name",
        "reply Butter = company",
      ],
      depends: { first_name: ["full_name"] },
      derive: { first_name: "first_word(full_name)" },
    },
    comes: "kept",
    learns: "if first_name == first_word(full_name)",
  },
  {
    name: "arithmetic: a reply that shows its working",
    about: shop(12, 75, 35),
    says: {
      spans: [
        "m0 12 = count",
        "m0 75 = price",
        "m0 35 = discount",
        "reply 12 = count",
        "reply 75 = price",
        "reply 900 = subtotal",
        "reply#2 900 = subtotal",
        "reply 35 = discount",
        "reply 865 = total",
      ],
      depends: { subtotal: ["count", "price"], total: ["subtotal", "discount"] },
      derive: {
        subtotal: "number(count) * number(price)",
        total: "subtotal - number(discount)",
      },
    },
    comes: "kept",
    after: [shop(7, 20, 5), shop(3, 44, 12), shop(9, 31, 20), shop(8, 25, 10)],
  },
  {
    name: "string manipulation: no words around the data",
    about: abbreviated("Erik Dunteman", "E. Dunteman"),
    says: {
      spans: ["m1 Erik Dunteman = full_name", "reply E = initial", "reply Dunteman = last_name"],
      depends: { initial: ["full_name"], last_name: ["full_name"] },
      derive: { initial: "slice(full_name, 0, 1)", last_name: "last_word(full_name)" },
    },
    comes: "kept",
    learns: "user: {{full_name}}",
  },
  {
    name: "form filling: each argument in the form its tool wants",
    about: form("Dina Sanich", "dsanich", "Lantern", 17),
    says: {
      spans: [
        "m0 Dina Sanich = name",
        "m0 Lantern = company",
        "m0 November 17 = day",
        "reply.name Dina Sanich = name",
        "reply.login dsanich = login",
        "reply.company Lantern = company",
        "reply.arrival 2023-11-17 = arrival",
      ],
      depends: { login: ["name"], arrival: ["day"] },
      derive: {
        login: "lower(concat(slice(name, 0, 1), last_word(name)))",
        arrival: 'parse_date(day, "2023-01-01")',
      },
    },
    comes: "kept",
    after: [
      form("Ann Marsh", "amarsh", "Acme", 14),
      form("Raj Patel", "rpatel", "Globex", 21),
      form("Lena Olsen", "lolsen", "Initech", 19),
      form("Tom Baker", "tbaker", "Hooli", 18),
    ],
  },
  {
    name: "unread e-mails: a condition on what a tool gave",
    about: unread(3, UNREAD),
    says: { spans: ["m0 unread = kind"], conditions: ["result.unread > 0"] },
    comes: "kept",
    learns: "if result.unread > 0",
    never: [user("Do I have any unread emails?"), said(calls("count_unread", {})), gives({ unread: 0 })],
  },
  {
    name: "a number of items in words",
    about: orders(["A-1", "A-2", "A-3"], "three"),
    says: {
      spans: ["m0 open = state", "reply three = count", "reply open = state"],
      depends: { count: ["result"] },
      derive: { count: "to_words(count(result.orders))" },
    },
    comes: "kept",
    learns: "to_words(count(result.orders))",
  },
  {
    name: "opposites: a table for those that are known, and no word for others",
    about: opposite("hot", "cold"),
    says: {
      spans: ["m0 hot = word", "reply cold = antonym"],
      depends: { antonym: ["word"] },
      derive: { antonym: { of: "word", rows: { hot: "cold", big: "small", wet: "dry" } } },
    },
    comes: "kept",
    never: [user("What is the opposite of late?")],
  },
  {
    name: "the day after a date",
    about: dayAfter("2024-03-30", "2024-03-31"),
    says: {
      spans: ["m0 2024-03-30 = day", "reply.day 2024-03-31 = next_day"],
      depends: { next_day: ["day"] },
      derive: { next_day: "add_days(day, 1)" },
    },
    comes: "kept",
    learns: "add_days(day, 1)",
    after: [
      dayAfter("2024-02-28", "2024-02-29"),
      dayAfter("2024-06-30", "2024-07-01"),
      dayAfter("2024-08-11", "2024-08-12"),
      dayAfter("2024-12-31", "2025-01-01"),
    ],
  },
  {
    name: "a share of an amount",
    about: share(20, 50),
    says: {
      spans: ["m0 20 = percent", "m0 50 = amount", "reply 10 = part"],
      depends: { part: ["percent", "amount"] },
      derive: { part: "number(percent) * number(amount) / 100" },
    },
    comes: "kept",
    learns: "number(percent) * number(amount) / 100",
  },
  {
    name: "a value that holds quotes, braces and a template's own signs",
    about: [
      [user('Print the label «{{name}} "x"» on a sticker')],
      calls("print_label", { text: '{{name}} "x"', length: 12 }),
    ],
    says: {
      spans: ['m0 {{name}} "x" = label', 'reply.text {{name}} "x" = label', "reply.length 12 = size"],
      depends: { size: ["label"] },
      derive: { size: "length(label)" },
    },
    comes: "kept",
    learns: "length={{length(label)}}",
  },
  {
    name: "several together: what one alone did not tell",
    before: [club("Ann", "Oslo"), club("Bob", "Rome")],
    about: club("Cid", "Oslo"),
    says: {
      identify: { spans: [] },
      merge: {
        together: [0, 1, 2],
        spans: [
          { at: "m0", text: "Cid", nth: 1, use: "data" },
          { at: "reply.member", text: "Cid", nth: 1, use: "data" },
          { at: "reply.office", text: "Oslo", nth: 1, use: "data" },
        ],
      },
      name: { names: ["member", "member", "office"].map((name, span) => ({ span, name })) },
      arrange: { depends: [{ variable: "office", on: ["member"] }], entry: null },
      derive: {
        derivations: [
          {
            variable: "office",
            expression: null,
            table: { of: "member", rows: Object.entries(OFFICES).map(([key, value]) => ({ key, value })) },
          },
        ],
        conditions: [],
      },
    },
    comes: "kept",
    after: [club("Eve", "Rome"), club("Finn", "Oslo"), club("Dina", "Lima")],
  },
  {
    name: "an entry: a step that any piece of work may come to",
    about: order("Please look after order A-17", "A-17", "The fee for A-17 is 24 dollars"),
    says: {
      spans: [
        "m0 A-17 = order",
        "m1.id A-17 = order",
        "reply.order A-17 = order",
        "reply.text A-17 = order",
        "reply.text 24 = fee",
      ],
      depends: { fee: ["result"] },
      derive: { fee: "result.total * 2" },
      entry: "remind_of_order",
    },
    comes: "kept",
    learns: "… (after any steps)",
  },
];
