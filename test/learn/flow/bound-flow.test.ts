import { describe, expect, it } from "vitest";
import { boundFlow, type Suggestion } from "../../../src/learn/flow/bound-flow.js";
import { Scene } from "../../../src/learn/flow/scene.js";
import { Pace } from "../../../src/learn/schedule/pace.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, gives, says, system, user } from "../../support/turns.js";
import { printed } from "../../support/workshop.js";

async function suggested(
  turns: readonly Turn[],
  said: Turn,
  given: Record<string, string>,
): Promise<Suggestion | undefined> {
  return boundFlow({ scene: await Scene.of(turns, new Pace()), said, given: new Map(Object.entries(given)) });
}

async function flow(
  turns: readonly Turn[],
  said: Turn,
  given: Record<string, string>,
): Promise<string[] | undefined> {
  return printed((await suggested(turns, said, given))?.template);
}

const isOpen = async (
  turns: readonly Turn[],
  said: Turn,
  given: Record<string, string>,
): Promise<boolean | undefined> => (await suggested(turns, said, given))?.isOpen;

describe("data flow where the caller has named data", () => {
  it("makes slots of bound values, and lets a result's values flow on under names of its own", async () => {
    const turns = [
      user("I am Erik (erik@butter.example). Where is A-7001?"),
      calls("find", { email: "erik@butter.example" }),
      gives({ customer: "C-1041", name: "Erik", active: true }),
    ];
    expect(
      await flow(turns, calls("get_order", { customer: "C-1041", order: "A-7001" }), {
        name: "Erik",
        email: "erik@butter.example",
      }),
    ).toEqual([
      "user: I am {{name:words}} ({{email:email}}). Where is {{order}}?",
      "assistant: find(email={{email:email}})",
      'tool: #0 → {{result:shape("data name {\\"active\\":true,\\"customer\\":text,\\"name\\":text}")}}',
      "⇒ assistant: get_order(customer={{result.customer}}, order={{order}})",
    ]);
  });

  it("derives what is a part or another form of a bound value, in arguments, in calls on the way and in words", async () => {
    const given = { name: "Erik Dunteman", day: "July 8, 2026", price: "$20", at: "2pm" };
    const turns = [user("Book Erik Dunteman for July 8, 2026 at 2pm, $20")];
    const booked = calls("book", {
      who: "Erik",
      on: "2026-07-08",
      at: "14:00",
      price: 20,
      login: "erik.dunteman",
    });
    const made = [
      'who={{first_word(name) ≡ before(name, " ")}}',
      "on={{parse_date(day)}}",
      'at={{format_time(parse_time(at), "HH:mm")}}',
      'price={{number(price) ≡ number(after(price, "$"))}}',
      'login={{replace(lower(name), " ", ".") ≡ replace(kebab_case(name), "-", ".")}}',
    ];
    const asked = "user: Book {{name:words}} for {{day}} at {{at:code}}, {{price:money}}";
    expect(await flow(turns, booked, given)).toEqual([asked, `⇒ assistant: book(${made.join(", ")})`]);
    expect(await flow([...turns, booked, gives({ id: "B 7" })], says("Erik is booked: B 7."), given)).toEqual(
      [
        asked,
        "assistant: book(who={{who}}, on={{on:date}}, at={{at_2:time}}, price={{price_2:integer}}, login={{login}})",
        'tool: #0 → {{result:shape("{\\"id\\":text}")}}',
        '⇒ assistant: {{first_word(name) ≡ before(name, " ")}} is booked: {{result.id}}.',
      ],
    );
  });

  it("puts a date and a time together from two places, bound or said", async () => {
    const turns = [user("Meet Ann on July 8 at 2pm")];
    expect(
      await flow(turns, calls("meet", { with: "Ann", start: "2026-07-08T14:00:00" }), { who: "Ann" }),
    ).toEqual([
      "user: Meet {{who:words}} on {{start}} at {{start_2}}",
      '⇒ assistant: meet(with={{who}}, start={{concat(parse_date(start, "2026-01-01"), "T", format_time(parse_time(start_2), "HH:mm"), ":00")}})',
    ]);
  });

  it("counts the days from a date in the instructions", async () => {
    const turns = [system("Today is 2026-05-13. Be brief."), user("Yesterday I met Ann")];
    expect(await flow(turns, calls("note", { who: "Ann", date: "2026-05-12" }), { who: "Ann" })).toEqual([
      "system: Today is {{date:date}}. Be brief.",
      "user: Yesterday I met {{who:words}}",
      "⇒ assistant: note(who={{who}}, date={{add_days(date, -1)}})",
    ]);
  });

  it("reads a value that only the caller can say from the caller, and out of a result beside it", async () => {
    const turns = [user("Show it"), calls("look", {}), gives([{ id: "C-1" }, { id: "C-2" }])];
    expect(await flow(turns, calls("open", { id: "C-2" }), { id: "C-2" })).toEqual([
      "user: Show it",
      "assistant: look()",
      'tool: #0 → {{result:shape("data id [n {\\"id\\":text}]")}}',
      "⇒ assistant: open(id={{id ≡ result[1].id ≡ result[-1].id}})",
    ]);
    expect(await flow([user("What day is it?")], says("It is Monday."), { today: "Monday" })).toEqual([
      "user: What day is it?",
      "⇒ assistant: It is {{today}}.",
    ]);
  });

  it("leaves open what the assistant wrote at length, and says it again where the reply does", async () => {
    const note = "asks again about the late parcel";
    const turns = [user("Note it for TK-1"), calls("add_note", { ticket: "TK-1", note }), gives("noted")];
    const before = [
      "user: Note it for {{ticket:code}}",
      "assistant: add_note(ticket={{ticket:code}}, note={{said:any}})",
      "tool: #0 → noted",
    ];
    expect(await flow(turns, calls("close", { ticket: "TK-1" }), { ticket: "TK-1" })).toEqual([
      ...before,
      "⇒ assistant: close(ticket={{ticket}})",
    ]);
    expect(await flow(turns, says(`Noted: ${note}.`), { ticket: "TK-1" })).toEqual([
      ...before,
      "⇒ assistant: Noted: {{said}}.",
    ]);
  });

  it("takes a lower-case word under a key that holds a bound value for data, and other such words for states", async () => {
    const turns = [
      user("Sell my teapot"),
      calls("find", { item: "teapot" }),
      gives({ item: "teapot", state: "used" }),
    ];
    expect((await flow(turns, says("Sold the teapot"), { item: "teapot" }))?.[2]).toBe(
      'tool: #0 → {{result:shape("data item {\\"item\\":text,\\"state\\":\\"used\\"}")}}',
    );
  });

  it("is the caller's alone in its names: the cache's own are called otherwise", async () => {
    const turns = [user("Find C-1"), calls("find", { result: "C-1" }), gives({ id: 5 })];
    expect(await flow(turns, calls("open", { id: 5, of: "C-1" }), { result: "C-1", id: "nowhere" })).toEqual([
      "user: Find {{result:code}}",
      "assistant: find(result={{result:code}})",
      'tool: #0 → {{result_2:shape("{\\"id\\":number}")}}',
      "⇒ assistant: open(id={{result_2.id}}, of={{result}})",
    ]);
  });

  it("reads a number out of an earlier argument as a number", async () => {
    const turns = [user("Go"), calls("step", { n: 17 }), gives("ok")];
    expect(await flow(turns, calls("step", { n: 17, label: "17" }), { n: "17" })).toEqual([
      "user: Go",
      "assistant: step(n={{n:integer}})",
      "tool: #0 → ok",
      "⇒ assistant: step(n={{from_json(text(n))}}, label={{n}})",
    ]);
  });

  it.each<[string, Turn, Record<string, string>]>([
    ["nothing bound has a part", says("Hello"), { who: "Bob" }],
    [
      "a value that occurs has two names",
      calls("book", { rooms: 3, nights: 3 }),
      { rooms: "3", nights: "3" },
    ],
    [
      "a part of a bound value is left over",
      says("Mr Smithson, 3 rooms"),
      { nights: "3", bio: `Smithson ${"came and went ".repeat(20)}` },
    ],
    [
      "a common word is said too often to tell which is meant",
      says("The lamp is on the desk, on the left"),
      { state: "on" },
    ],
    [
      "the reply is a picture",
      { role: "assistant", parts: [{ kind: "opaque", type: "image", digest: "d" }] },
      { name: "Erik Dunteman" },
    ],
  ])("gives nothing where %s", async (_, said, given) => {
    expect(
      await flow([user("3 rooms for 3 nights for Erik Dunteman, light on")], said, given),
    ).toBeUndefined();
  });

  it("says that a reply holds data which nothing explains", async () => {
    const turns = [user("Weather in Boston?")];
    const given = { city: "Boston" };
    expect(await isOpen(turns, calls("weather", { city: "Boston", limit: 10, unit: "metric" }), given)).toBe(
      false,
    );
    for (const said of [
      calls("weather", { city: "Boston", state: "MA" }),
      calls("weather", { city: "Boston", population: 675_647 }),
      calls("note", { city: "Boston", note: "wants to know how it is" }),
      says("Boston has 12 degrees"),
    ])
      expect([said, await isOpen(turns, said, given)]).toEqual([said, true]);
    const looked = [...turns, calls("look", { city: "Boston" }), gives({ total: 350 })];
    expect(await isOpen(looked, calls("approve", { city: "Boston" }), given)).toBe(true);
    expect(await isOpen(looked, calls("approve", { city: "Boston", total: 350 }), given)).toBe(false);
  });

  it("is not looked for in what is very long", async () => {
    expect(await flow([user(`Ann ${"x ".repeat(40_000)}`)], says("Hi Ann"), { who: "Ann" })).toBeUndefined();
  });
});
