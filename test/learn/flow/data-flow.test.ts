import { describe, expect, it } from "vitest";
import { predict } from "../../../src/answer/predict.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, callsEach, gives, says, system, user } from "../../support/turns.js";
import { dataFlow, laterFlow, openFlow, printed } from "../../support/workshop.js";

const flow = async (turns: Turn[], said: Turn): Promise<string[] | undefined> =>
  printed(await dataFlow(turns, said));
const NO_DATA = (): boolean => false;

describe("data flow from one example", () => {
  it("makes a slot of each value that stands in the question and in the reply", async () => {
    expect(
      await flow([user("Write to Erik Dunteman of Butter.")], says("Dear Erik Dunteman, how is Butter?")),
    ).toEqual([
      "user: Write to {{value}} of {{value_2}}.",
      "⇒ assistant: Dear {{value}}, how is {{value_2}}?",
    ]);
  });

  it("names slots after arguments, keeps types, and reaches into nested arguments", async () => {
    expect(
      await flow(
        [user("Book room 214 for Ann Marsh.")],
        calls("book", { room: 214, guest: { name: "Ann Marsh" }, tags: ["214"] }),
      ),
    ).toEqual([
      "user: Book room {{room:integer}} for {{name}}.",
      '⇒ assistant: book(room={{from_json(room)}}, guest={"name": {{name}}}, tags=[{{room}}])',
    ]);
  });

  it("takes the longest value first, and no part of a word", async () => {
    expect(
      (await flow([user("Erik Dunteman, said Erik")], calls("t", { a: "Erik", b: "Erik Dunteman" })))?.[0],
    ).toBe("user: {{b}}, said {{a}}");
    expect(await flow([user("butterfly")], calls("t", { what: "butter" }))).toBeUndefined();
  });

  it("keeps capitals of one word from common words of another: text is data only where it looks like it", async () => {
    expect(await flow([user("tell me about rivers")], says("rivers are long"))).toBeUndefined();
    expect((await flow([user("tell me about Danube")], says("the Danube is long")))?.[0]).toBe(
      "user: tell me about {{value}}",
    );
  });

  it("takes a word that was sent to a tool for data where the reply says it again", async () => {
    const asked = user("Add a renewal call for Emil Blom");
    const sent = [asked, calls("log_call", { contact: "Emil Blom", topic: "renewal" }), gives({ ok: true })];
    expect((await flow(sent, says("I logged a renewal call with Emil Blom.")))?.at(-1)).toBe(
      "⇒ assistant: I logged a {{topic}} call with {{value}}.",
    );
    expect(
      (await flow(sent, calls("notify", { channel: "#sales", text: "renewal call with Emil Blom" })))?.at(-1),
    ).toBe('⇒ assistant: notify(channel="#sales", text="{{topic}} call with {{text}}")');
  });

  it("keeps both readings of a common word that was sent to a tool and is said again", async () => {
    const sent = [user("Restart mail now"), calls("restart", { service: "mail" }), gives({ ok: true })];
    expect((await flow(sent, says("I will mail you when it is up.")))?.at(-1)).toBe(
      '⇒ assistant: I will {{service ≡ "mail"}} you when it is up.',
    );
  });

  it("leaves short values alone that stand in several places", async () => {
    expect(await flow([user("Move 3 boxes from shelf 3.")], calls("move", { count: 3 }))).toBeUndefined();
    expect(await flow([user("Move 3 boxes from shelf 4.")], calls("move", { count: 3 }))).toBeDefined();
    // A long value in several places is one variable.
    expect(
      (await flow([user("Ship ord-777, I mean ord-777.")], calls("ship", { order: "ord-777" })))?.[0],
    ).toBe("user: Ship {{order}}, I mean {{order}}.");
  });

  it("never reads instructions", async () => {
    expect(
      await flow([system("You are Bob of Acme."), user("hi")], says("I am Bob of Acme")),
    ).toBeUndefined();
  });

  it("finds values in another form, in arguments", async () => {
    expect(
      await flow(
        [user("Add a login for Ann Marsh on November 21.")],
        calls("add", { login: "ann_marsh", from: "2023-11-21" }),
      ),
    ).toEqual([
      "user: Add a login for {{login}} on {{from}}.",
      '⇒ assistant: add(login={{snake_case(login)}}, from={{parse_date(from, "2023-01-01")}})',
    ]);
    expect(await flow([user("Greet ANN MARSH")], says("Hi Ann Marsh"))).toBeUndefined();
  });

  it("binds a tool's result whole and reads paths into it, from the front and from the end", async () => {
    const turns = [
      user("Mail Ann the report."),
      calls("find", { name: "Ann" }),
      gives({ users: [{ id: "u-1" }, { id: "u-777" }] }),
    ];
    expect(await flow(turns, calls("mail", { to: "u-777" }))).toEqual([
      "user: Mail {{name}} the report.",
      "assistant: find(name={{name}})",
      'tool: #0 → {{result:shape("{\\"users\\":[n {\\"id\\":text}]}")}}',
      "⇒ assistant: mail(to={{result.users[1].id ≡ result.users[-1].id}})",
    ]);
  });

  it("reads a number out of a result as a number where one is asked for, as text where text is", async () => {
    const turns = [user("go"), calls("count", {}), gives({ total: 1234 })];
    expect((await flow(turns, calls("set", { n: 1234 })))?.at(-1)).toBe(
      "⇒ assistant: set(n={{result.total}})",
    );
    expect((await flow(turns, says("There are 1234.")))?.at(-1)).toBe(
      "⇒ assistant: There are {{text(result.total)}}.",
    );
    const text = [user("go"), calls("count", {}), gives({ total: "1234" })];
    // A text is not made a number on a guess.
    expect(await flow(text, calls("set", { n: 1234 }))).toBeUndefined();
  });

  it("does not guess where a value came from that stands in many places", async () => {
    const many = gives({ list: Array.from({ length: 8 }, () => ({ id: "u-777" })) });
    expect(await flow([user("go"), calls("list", {}), many], calls("mail", { to: "u-777" }))).toBeUndefined();
    // Nor is a small number in running text a constant, when a result holds it.
    expect(
      (await flow([user("go"), calls("get", {}), gives({ days: 3 })], says("It takes 3 days"))) ?? [],
    ).not.toContain("⇒ assistant: It takes 3 days");
    expect(
      await flow([user("go"), calls("get", {}), gives({ days: 4 })], says("It takes 3 days")),
    ).toBeDefined();
  });

  it("leaves out words beside a call that say what nothing explains", async () => {
    const said = calls("find", { name: "Ann Marsh" }, "I will ask Bob Dole about Ann Marsh");
    expect((await flow([user("Find Ann Marsh")], said))?.at(-1)).toBe("⇒ assistant: find(name={{value}})");
  });

  it("what the assistant said beside an earlier call is left open", async () => {
    const turns = [
      user("Find Ann Marsh"),
      calls("find", { name: "Ann Marsh" }, "One moment"),
      gives({ id: "u-777" }),
    ];
    expect((await flow(turns, calls("mail", { to: "u-777" })))?.[1]).toBe(
      "assistant: {{said:any}} find(name={{name}})",
    );
  });

  it("is nothing where nothing flows, or where two places would touch", async () => {
    expect(await flow([user("hello")], says("Hi!"))).toBeUndefined();
    expect(await flow([user("ab_1cd_2 and x")], calls("t", { a: "ab_1", b: "cd_2" }))).toBeUndefined();
    expect(await flow([user("is it true")], calls("t", { flag: true, none: null }))).toBeUndefined();
  });

  it("always reproduces the example it was made from", async () => {
    const examples: [Turn[], Turn][] = [
      [
        [user('Say "so be it" to Ann Marsh at a@b.example by 3:30 pm')],
        calls("say", { what: "so be it", to: "Ann Marsh", mail: "a@b.example", at: "15:30" }),
      ],
      [
        [user("Order forty two of #A-17 for $1,200.50")],
        calls("order", { n: 42, item: "A-17", price: "1,200.50" }),
      ],
      [[user("go"), calls("get", {}), gives([{ a: 1.5, b: ["x-99"] }])], says("Got 1.5 and x-99")],
      [
        [user("from 2024-01-02 to 2024-03-04, 2024-01-02 that is")],
        calls("t", { from: "2024-01-02", to: "2024-03-04" }),
      ],
    ];
    for (const [turns, said] of examples) {
      const template = await dataFlow(turns, said);
      expect(template && predict(template, turns, {})?.reply).toEqual(said);
    }
  });
});

describe("data flow of lists", () => {
  const orders = [
    { id: "W-7", state: "shipped", city: "Rome", cost: 80 },
    { id: "W-9", state: "open", city: "Oslo", cost: 12 },
    { id: "W-12", state: "open", city: "Rome", cost: 31 },
  ];
  const asked = (question: string, found: unknown = orders): Turn[] => [
    user(question),
    calls("find", {}),
    gives({ orders: found }),
  ];
  const last = async (turns: Turn[], said: Turn): Promise<string | undefined> =>
    (await flow(turns, said))?.at(-1)?.replace("⇒ assistant: ", "");

  it("an argument that has all items of a result's list is that list, or as many as there were", async () => {
    expect(await last(asked("Report"), calls("report", { ids: ["W-7", "W-9", "W-12"], n: 5 }))).toBe(
      'report(ids={{map(result.orders, "id") ≡ take(map(result.orders, "id"), 3)}}, n=5)',
    );
    expect(await last(asked("Report", ["a-1", "b-2"]), calls("report", { ids: ["a-1", "b-2"] }))).toBe(
      "report(ids={{result.orders ≡ take(result.orders, 2)}})",
    );
  });

  it("an argument that has the items of one kind is a filter, by the word of the user where he has said it", async () => {
    expect(await last(asked("Cancel them"), calls("cancel", { ids: ["W-9", "W-12"] }))).toContain(
      '{{map(filter(result.orders, "state", "open"), "id") ≡',
    );
    const turns = asked("Hold all for Rome");
    expect((await flow(turns, calls("hold", { ids: ["W-7", "W-12"] })))?.[0]).toBe(
      "user: Hold all for {{value}}",
    );
    expect(await last(turns, calls("hold", { ids: ["W-7", "W-12"] }))).toContain(
      'map(filter(result.orders, "city", value), "id")',
    );
  });

  it("items that nothing known has chosen keep their positions; in an order of their own they make no template", async () => {
    expect(await last(asked("Some"), calls("report", { ids: ["W-7", "W-9"] }))).toBe(
      "report(ids=[{{result.orders[0].id}}, {{result.orders[1].id}}])",
    );
    expect(await last(asked("Mix"), calls("report", { ids: ["W-9", "W-7", "W-12"] }))).toBeUndefined();
    expect(
      await last(asked("Mix"), callsEach("report", [{ id: "W-9" }, { id: "W-7" }, { id: "W-12" }])),
    ).toBeUndefined();
  });

  it("an argument of one item is no list yet", async () => {
    expect(await last(asked("Report", [{ id: "W-7" }]), calls("report", { ids: ["W-7"] }))).toBe(
      "report(ids=[{{result.orders[0].id}}])",
    );
  });

  it("calls that differ in what they hold of the items of a list are one call for each", async () => {
    const said = callsEach(
      "note",
      orders.map(({ id, city, cost }) => ({
        order: id,
        cost,
        text: `Order ${id} to ${city} for Ann Marsh`,
        by: "post",
      })),
    );
    expect(await last(asked("Note all of Ann Marsh"), said)).toBe(
      "each item of {{result.orders ≡ take(result.orders, 3)}}: " +
        'note(order={{item.id}}, cost={{item.cost}}, text="Order {{item.id}} to {{item.city}} for {{text}}", by="post")',
    );
  });

  it("what is the same in every call may still be a part of every item", async () => {
    const found = [
      { id: "a-1", unit: "EUR" },
      { id: "b-2", unit: "EUR" },
    ];
    const said = callsEach("pay", [
      { id: "a-1", unit: "EUR" },
      { id: "b-2", unit: "EUR" },
    ]);
    expect(await last(asked("Pay", found), said)).toContain(
      'pay(id={{item.id}}, unit={{"EUR" ≡ item.unit}})',
    );
  });

  it("calls for part of a list, and calls before and after them, stay what they are", async () => {
    expect(await last(asked("Some"), callsEach("note", [{ id: "W-7" }, { id: "W-9" }]))).toBe(
      "note(id={{result.orders[0].id}}) note(id={{result.orders[1].id}})",
    );
    const all = callsEach("note", [{ id: "W-7" }, { id: "W-9" }, { id: "W-12" }]);
    const more: Turn = {
      ...all,
      parts: [...calls("open", {}).parts, ...all.parts, ...calls("close", {}).parts],
    };
    expect(await last(asked("All"), more)).toBe(
      "open() each item of {{result.orders ≡ take(result.orders, 3)}}: note(id={{item.id}}) close()",
    );
  });

  it("whom the user names in a row is a list, of texts or of numbers", async () => {
    const question = [user("Ask Ann, Bob and Cid about tea at 18:30")];
    const who = ["Ann", "Bob", "Cid"];
    expect(await flow(question, calls("ask", { who, about: "tea" }))).toEqual([
      "user: Ask {{who}} about {{about}} at 18:30",
      "⇒ assistant: ask(who={{enumerated(who)}}, about={{about}})",
    ]);
    expect(
      await last(
        question,
        callsEach(
          "ask",
          who.map((name) => ({ name, at: "18:30" })),
          "I ask Ann, Bob and Cid",
        ),
      ),
    ).toBe("each item of {{enumerated(name)}}: ask(name={{item}}, at={{at}})");
    const tickets = [user("Close 12, 15 and 19")];
    expect(await last(tickets, calls("close", { ids: [12, 15, 19] }))).toBe(
      'close(ids={{from_json(concat("[", join(enumerated(ids), ","), "]"))}})',
    );
    expect(await last(tickets, callsEach("close", [{ id: 12 }, { id: 15 }, { id: 19 }]))).toBe(
      "each item of {{enumerated(id)}}: close(id={{from_json(item)}})",
    );
  });

  it("a name that is said elsewhere too is no item of a list", async () => {
    expect(
      await last([user("Ask Ann and Bob, Ann first")], callsEach("ask", [{ name: "Ann" }, { name: "Bob" }])),
    ).toBe("ask(name={{name}}) ask(name={{name_2}})");
  });

  it("a list that a tool wrote as text is read line by line, all of it or as many as there were", async () => {
    const turns = [user("Read all"), calls("list", {}), gives("- general\n- random\n- ops")];
    expect(
      await last(
        turns,
        callsEach("read", [{ channel: "general" }, { channel: "random" }, { channel: "ops" }]),
      ),
    ).toBe(
      'each item of {{listed(channel, "\\n- ") ≡ take(listed(channel, "\\n- "), 3)}}: read(channel={{item}})',
    );
  });

  it("a list that was sent to a tool on the way varies with its source", async () => {
    const turns = [
      ...asked("Price it"),
      calls("price", { ids: ["W-7", "W-9", "W-12"] }),
      gives({ total: 777 }, 1),
    ];
    expect((await flow(turns, says("It is 777.")))?.[3]).toBe(
      'assistant: price(ids={{ids:shape("[n text]")}})',
    );
  });

  it("always reproduces the example it was made from, and serves lists of other lengths where nothing speaks against it", async () => {
    const template = await dataFlow(
      asked("All"),
      callsEach(
        "note",
        orders.map(({ id }) => ({ id })),
      ),
    );
    const saying = (found: unknown): Turn | undefined =>
      template && predict(template, asked("All", found), {})?.reply;
    expect(saying(orders)).toEqual(
      callsEach(
        "note",
        orders.map(({ id }) => ({ id })),
      ),
    );
    const open = { state: "open", city: "Bonn", cost: 1 };
    const two = [
      { id: "x-1", ...open },
      { ...orders[0], id: "x-2" },
    ];
    expect(saying(two)).toEqual(callsEach("note", [{ id: "x-1" }, { id: "x-2" }]));
    // Longer than any that was seen: all, or the first three?
    expect(saying([...orders, { id: "x-3", ...open }])).toBeUndefined();
    expect(saying([])).toBeUndefined();
  });
});

describe("data flow with idle data left open", () => {
  it("opens names, numbers and quotations that play no part", async () => {
    expect(
      printed(
        await openFlow(
          [user("Find Ann Marsh for order 1234 quickly")],
          calls("find", { name: "Ann Marsh" }),
          NO_DATA,
        ),
      ),
    ).toEqual([
      "user: Find {{name}} for order {{other:integer}} quickly",
      "⇒ assistant: find(name={{name}})",
    ]);
  });

  it("opens what arguments are known to have held", async () => {
    const open = async (isData: (text: string) => boolean) =>
      printed(await openFlow([user("find red shoes today")], calls("list", {}), isData))?.[0];
    expect(await open((text) => text === "red shoes")).toBe("user: find {{other}} today");
    expect(await open(NO_DATA)).toBeUndefined();
  });

  it("is another template only if there is such data", async () => {
    expect(
      await openFlow([user("Find Ann Marsh")], calls("find", { name: "Ann Marsh" }), NO_DATA),
    ).toBeUndefined();
  });

  it("does not open what touches a value in use", async () => {
    expect(
      printed(
        await openFlow([user("Find Ann Marsh,7 now 88")], calls("find", { name: "Ann Marsh" }), NO_DATA),
      )?.[0],
    ).toBe("user: Find {{name}},7 now {{other:integer}}");
  });
});

describe("data flow with the question left open", () => {
  const found = [calls("find", { name: "Ann" }), gives({ id: "u-777", state: "open" })];

  it("keeps what was done and what came of it", async () => {
    expect(
      printed(await laterFlow([user("the usual, please"), ...found], calls("mail", { to: "u-777" }))),
    ).toEqual([
      "user: {{asked:any}}",
      'assistant: find(name="Ann")',
      'tool: #0 → {{result:shape("{\\"id\\":text,\\"state\\":\\"open\\"}")}}',
      "⇒ assistant: mail(to={{result.id}})",
    ]);
  });

  it("keeps a result literal that the reply does not read: it is all that tells one case from another", async () => {
    const turns = [user("the usual"), ...found, calls("check", {}), gives({ code: "c-1" }, 1)];
    expect(printed(await laterFlow(turns, calls("mail", { to: "u-777" })))?.[4]).toContain('"c-1"');
  });

  it("is none if the reply says anything that the user said, in whatever form", async () => {
    expect(
      await laterFlow([user("mail u-777 at once"), ...found], calls("mail", { to: "u-777" })),
    ).toBeUndefined();
    expect(
      await laterFlow(
        [user("mail it to ANN MARSH"), ...found],
        calls("mail", { to: "u-777", who: "Ann Marsh" }),
      ),
    ).toBeUndefined();
    expect(await laterFlow([user("tell Bob Dole"), ...found], says("Told Bob Dole: u-777"))).toBeUndefined();
    expect(
      await laterFlow([user("a mailbox"), ...found], calls("mail", { to: "u-777", kind: "box" })),
    ).toBeDefined();
  });

  it("is none before anything was done", async () => {
    expect(await laterFlow([user("hello")], says("u-777"))).toBeUndefined();
    expect(
      await laterFlow([...found.slice(0, 1), gives({ id: "u-777" })], calls("mail", { to: "u-777" })),
    ).toBeUndefined();
  });
});
