import { describe, expect, it } from "vitest";
import { predict } from "../../src/answer/predict.js";
import { dataFlow, laterFlow, openFlow } from "../../src/learn/flow.js";
import type { Turn } from "../../src/template/turn.js";
import { calls, gives, printed, says, system, user } from "./support.js";

const flow = (turns: Turn[], said: Turn): string[] | undefined => printed(dataFlow(turns, said));
const NO_DATA = (): boolean => false;

describe("data flow from one example", () => {
  it("makes a slot of each value that stands in the question and in the reply", () => {
    expect(flow([user("Write to Erik Dunteman of Butter.")], says("Dear Erik Dunteman, how is Butter?"))).toEqual([
      "user: Write to {{value}} of {{value_2}}.",
      "⇒ assistant: Dear {{value}}, how is {{value_2}}?",
    ]);
  });

  it("names slots after arguments, keeps types, and reaches into nested arguments", () => {
    expect(flow([user("Book room 214 for Ann Marsh.")], calls("book", { room: 214, guest: { name: "Ann Marsh" }, tags: ["214"] }))).toEqual(
      [
        "user: Book room {{room:integer}} for {{name}}.",
        '⇒ assistant: book(room={{from_json(room)}}, guest={"name": {{name}}}, tags=[{{room}}])',
      ],
    );
  });

  it("takes the longest value first, and no part of a word", () => {
    expect(flow([user("Erik Dunteman, said Erik")], calls("t", { a: "Erik", b: "Erik Dunteman" }))?.[0]).toBe("user: {{b}}, said {{a}}");
    expect(flow([user("butterfly")], calls("t", { what: "butter" }))).toBeUndefined();
  });

  it("keeps capitals of one word from common words of another: text is data only where it looks like it", () => {
    expect(flow([user("tell me about rivers")], says("rivers are long"))).toBeUndefined();
    expect(flow([user("tell me about Danube")], says("the Danube is long"))?.[0]).toBe("user: tell me about {{value}}");
  });

  it("leaves short values alone that stand in several places", () => {
    expect(flow([user("Move 3 boxes from shelf 3.")], calls("move", { count: 3 }))).toBeUndefined();
    expect(flow([user("Move 3 boxes from shelf 4.")], calls("move", { count: 3 }))).toBeDefined();
    // A long value in several places is one variable.
    expect(flow([user("Ship ord-777, I mean ord-777.")], calls("ship", { order: "ord-777" }))?.[0]).toBe(
      "user: Ship {{order}}, I mean {{order}}.",
    );
  });

  it("never reads instructions", () => {
    expect(flow([system("You are Bob of Acme."), user("hi")], says("I am Bob of Acme"))).toBeUndefined();
  });

  it("finds values in another form, in arguments", () => {
    expect(flow([user("Add a login for Ann Marsh on November 21.")], calls("add", { login: "ann_marsh", from: "2023-11-21" }))).toEqual([
      "user: Add a login for {{login}} on {{from}}.",
      '⇒ assistant: add(login={{snake_case(login)}}, from={{parse_date(from, "2023-01-01")}})',
    ]);
    expect(flow([user("Greet ANN MARSH")], says("Hi Ann Marsh"))).toBeUndefined();
  });

  it("binds a tool's result whole and reads paths into it, from the front and from the end", () => {
    const turns = [user("Mail Ann the report."), calls("find", { name: "Ann" }), gives({ users: [{ id: "u-1" }, { id: "u-777" }] })];
    expect(flow(turns, calls("mail", { to: "u-777" }))).toEqual([
      "user: Mail {{name}} the report.",
      "assistant: find(name={{name}})",
      'tool: #0 → {{result:shape("{\\"users\\":[n {\\"id\\":text}]}")}}',
      "⇒ assistant: mail(to={{result.users[1].id ≡ result.users[-1].id}})",
    ]);
  });

  it("reads a number out of a result as a number where one is asked for, as text where text is", () => {
    const turns = [user("go"), calls("count", {}), gives({ total: 1234 })];
    expect(flow(turns, calls("set", { n: 1234 }))?.at(-1)).toBe("⇒ assistant: set(n={{result.total}})");
    expect(flow(turns, says("There are 1234."))?.at(-1)).toBe("⇒ assistant: There are {{text(result.total)}}.");
    const text = [user("go"), calls("count", {}), gives({ total: "1234" })];
    // A text is not made a number on a guess.
    expect(flow(text, calls("set", { n: 1234 }))).toBeUndefined();
  });

  it("does not guess where a value came from that stands in many places", () => {
    const many = gives({ list: Array.from({ length: 8 }, () => ({ id: "u-777" })) });
    expect(flow([user("go"), calls("list", {}), many], calls("mail", { to: "u-777" }))).toBeUndefined();
    // Nor is a small number in running text a constant, when a result holds it.
    expect(flow([user("go"), calls("get", {}), gives({ days: 3 })], says("It takes 3 days")) ?? []).not.toContain(
      "⇒ assistant: It takes 3 days",
    );
    expect(flow([user("go"), calls("get", {}), gives({ days: 4 })], says("It takes 3 days"))).toBeDefined();
  });

  it("leaves out words beside a call that say what nothing explains", () => {
    const said = calls("find", { name: "Ann Marsh" }, "I will ask Bob Dole about Ann Marsh");
    expect(flow([user("Find Ann Marsh")], said)?.at(-1)).toBe("⇒ assistant: find(name={{value}})");
  });

  it("what the assistant said beside an earlier call is left open", () => {
    const turns = [user("Find Ann Marsh"), calls("find", { name: "Ann Marsh" }, "One moment"), gives({ id: "u-777" })];
    expect(flow(turns, calls("mail", { to: "u-777" }))?.[1]).toBe("assistant: {{said:any}} find(name={{name}})");
  });

  it("is nothing where nothing flows, or where two places would touch", () => {
    expect(flow([user("hello")], says("Hi!"))).toBeUndefined();
    expect(flow([user("ab_1cd_2 and x")], calls("t", { a: "ab_1", b: "cd_2" }))).toBeUndefined();
    expect(flow([user("is it true")], calls("t", { flag: true, none: null }))).toBeUndefined();
  });

  it("always reproduces the example it was made from", () => {
    const examples: [Turn[], Turn][] = [
      [
        [user('Say "so be it" to Ann Marsh at a@b.example by 3:30 pm')],
        calls("say", { what: "so be it", to: "Ann Marsh", mail: "a@b.example", at: "15:30" }),
      ],
      [[user("Order forty two of #A-17 for $1,200.50")], calls("order", { n: 42, item: "A-17", price: "1,200.50" })],
      [[user("go"), calls("get", {}), gives([{ a: 1.5, b: ["x-99"] }])], says("Got 1.5 and x-99")],
      [[user("from 2024-01-02 to 2024-03-04, 2024-01-02 that is")], calls("t", { from: "2024-01-02", to: "2024-03-04" })],
    ];
    for (const [turns, said] of examples) {
      const template = dataFlow(turns, said);
      expect(template && predict(template, turns, {})?.reply).toEqual(said);
    }
  });
});

describe("data flow with idle data left open", () => {
  it("opens names, numbers and quotations that play no part", () => {
    expect(printed(openFlow([user("Find Ann Marsh for order 1234 quickly")], calls("find", { name: "Ann Marsh" }), NO_DATA))).toEqual([
      "user: Find {{name}} for order {{other:integer}} quickly",
      "⇒ assistant: find(name={{name}})",
    ]);
  });

  it("opens what arguments are known to have held", () => {
    const open = (isData: (text: string) => boolean) => printed(openFlow([user("find red shoes today")], calls("list", {}), isData))?.[0];
    expect(open((text) => text === "red shoes")).toBe("user: find {{other}} today");
    expect(open(NO_DATA)).toBeUndefined();
  });

  it("is another template only if there is such data", () => {
    expect(openFlow([user("Find Ann Marsh")], calls("find", { name: "Ann Marsh" }), NO_DATA)).toBeUndefined();
  });

  it("does not open what touches a value in use", () => {
    expect(printed(openFlow([user("Find Ann Marsh,7 now 88")], calls("find", { name: "Ann Marsh" }), NO_DATA))?.[0]).toBe(
      "user: Find {{name}},7 now {{other:integer}}",
    );
  });
});

describe("data flow with the question left open", () => {
  const found = [calls("find", { name: "Ann" }), gives({ id: "u-777", state: "open" })];

  it("keeps what was done and what came of it", () => {
    expect(printed(laterFlow([user("the usual, please"), ...found], calls("mail", { to: "u-777" })))).toEqual([
      "user: {{asked:any}}",
      'assistant: find(name="Ann")',
      'tool: #0 → {{result:shape("{\\"id\\":text,\\"state\\":\\"open\\"}")}}',
      "⇒ assistant: mail(to={{result.id}})",
    ]);
  });

  it("keeps a result literal that the reply does not read: it is all that tells one case from another", () => {
    const turns = [user("the usual"), ...found, calls("check", {}), gives({ code: "c-1" }, 1)];
    expect(printed(laterFlow(turns, calls("mail", { to: "u-777" })))?.[4]).toContain('"c-1"');
  });

  it("is none if the reply says anything that the user said, in whatever form", () => {
    expect(laterFlow([user("mail u-777 at once"), ...found], calls("mail", { to: "u-777" }))).toBeUndefined();
    expect(laterFlow([user("mail it to ANN MARSH"), ...found], calls("mail", { to: "u-777", who: "Ann Marsh" }))).toBeUndefined();
    expect(laterFlow([user("tell Bob Dole"), ...found], says("Told Bob Dole: u-777"))).toBeUndefined();
    expect(laterFlow([user("a mailbox"), ...found], calls("mail", { to: "u-777", kind: "box" }))).toBeDefined();
  });

  it("is none before anything was done", () => {
    expect(laterFlow([user("hello")], says("u-777"))).toBeUndefined();
    expect(laterFlow([...found.slice(0, 1), gives({ id: "u-777" })], calls("mail", { to: "u-777" }))).toBeUndefined();
  });
});
