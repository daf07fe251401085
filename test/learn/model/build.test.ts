import { describe, expect, it } from "vitest";
import { build } from "../../../src/learn/model/build.js";
import { materialOf } from "../../../src/learn/model/material.js";
import type { Proposal } from "../../../src/learn/model/proposal.js";
import { locate } from "../../../src/learn/model/spans.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, exchangeOf, gives, says, user } from "../../support/turns.js";
import { printed } from "../../support/workshop.js";

/** The templates of stretches `at text name`, and what else is proposed. */
function made(
  turns: readonly Turn[],
  said: Turn,
  stretches: readonly (readonly [at: string, text: string, name: string])[],
  more: Partial<Proposal> = {},
): (string[] | undefined)[] {
  const exchange = exchangeOf(turns, said);
  const material = materialOf(exchange);
  const spans = stretches.map(([at, text, name]) => ({
    ...(locate([{ at, text, nth: 1, use: "data" }], material)[0] as ReturnType<typeof locate>[number]),
    name,
  }));
  return build(exchange, { spans, derivations: [], conditions: [], ...more }, {}).map(printed);
}

const ordered = [
  user("Cancel order A-17, I am Ann"),
  calls("get_order", { id: "A-17", verbose: "yes" }, "Let me see about A-17."),
  gives({ id: "A-17", total: 12, customer: "C-4" }),
];

describe("a template made of a proposal", () => {
  it("has identified stretches as slots, results whole, and words beside calls open", () => {
    expect(
      made(ordered, calls("cancel", { order: "A-17" }), [
        ["m0", "A-17", "order"],
        ["m0", "Ann", "who"],
        ["m1.id", "A-17", "order"],
        ["reply.order", "A-17", "order"],
      ]),
    ).toEqual([
      [
        "user: Cancel order {{order}}, I am {{who}}",
        'assistant: {{said:any}} get_order(id={{order}}, verbose="yes")',
        'tool: #0 → {{result:shape("{\\"customer\\":text,\\"id\\":text,\\"total\\":number}")}}',
        "⇒ assistant: cancel(order={{order}})",
      ],
    ]);
  });

  it("takes what an earlier call was given for the variable of the same value, or leaves it open", () => {
    const [template] = made(
      [user("About Ann please"), calls("find", { name: "Ann", region: "EU-1" }), gives("done")],
      says("Found Ann."),
      [
        ["m0", "Ann", "who"],
        ["reply", "Ann", "who"],
      ],
    );
    expect(template?.[1]).toBe("assistant: find(name={{who}}, region={{passed}})");
  });

  it("reads a number for JSON out of the text that says it, and derives one as it is", () => {
    const [template] = made(
      [user("Add 3 to it")],
      calls("add", { n: 3, twice: 6 }),
      [
        ["m0", "3", "n"],
        ["reply.n", "3", "n"],
        ["reply.twice", "6", "twice"],
      ],
      { derivations: [{ variable: "twice", expression: "number(n) * 2", on: ["n"] }] },
    );
    expect(template?.at(-1)).toBe("⇒ assistant: add(n={{from_json(n)}}, twice={{number(n) * 2}})");
  });

  it("leaves out words beside a call that say data of this conversation alone", () => {
    const [template] = made(
      [user("Tell Ann the news")],
      calls("tell", { who: "Ann" }, "I will tell Bob Dole as well."),
      [
        ["m0", "Ann", "who"],
        ["reply.who", "Ann", "who"],
      ],
    );
    expect(template?.at(-1)).toBe("⇒ assistant: tell(who={{who}})");
  });

  it("may be entered at its last step where that is all it reads, and not where it reads more", () => {
    const entered = (at: "m0" | "m1.id") =>
      made(
        ordered,
        calls("remind", { order: "A-17", fee: 24 }),
        [
          ["m0", "A-17", "asked"],
          ["m1.id", "A-17", at === "m0" ? "asked" : "order"],
          ["reply.order", "A-17", at === "m0" ? "asked" : "order"],
          ["reply.fee", "24", "fee"],
          ["m0", "Ann", "who"],
        ],
        {
          derivations: [{ variable: "fee", expression: "result.total * 2", on: ["result"] }],
          conditions: at === "m0" ? ['who == "Ann"'] : [],
          entry: "remind",
        },
      );
    expect(entered("m1.id")).toHaveLength(2);
    expect(entered("m1.id")[1]?.[0]).toContain("get_order(id={{order}}");
    expect(entered("m0")).toHaveLength(1);
  });

  it("has a condition for a variable of the conversation that follows from another", () => {
    const [template] = made(
      [user("Erik Dunteman is here; Erik has a badge")],
      says("Welcome, Erik!"),
      [
        ["m0", "Erik Dunteman", "full_name"],
        ["reply", "Erik", "name"],
      ],
      { derivations: [{ variable: "name", expression: "first_word(full_name)", on: ["full_name"] }] },
    );
    expect(template).toEqual([
      "user: {{full_name}} is here; Erik has a badge",
      "⇒ assistant: Welcome, {{first_word(full_name)}}!",
    ]);
  });
});
