import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { narrow, narrowed } from "../../../src/learn/stages/narrow.js";
import type { Json } from "../../../src/template/json.js";
import type { Hole, PartPattern, Template } from "../../../src/template/template.js";
import type { Turn } from "../../../src/template/turn.js";
import { outdoneId, silentId } from "../../../src/trust/standing.js";
import { call, taught as templated } from "../../support/taught.js";
import { calls, callsEach, exchangeOf, gives, holes, json, like, says, user } from "../../support/turns.js";
import { type Bench, bench, dataFlow, printed } from "../../support/workshop.js";

type Pair = readonly [turns: Turn[], said: Turn];

/** A bench that has learned the data flow of one exchange. */
async function taught(...[turns, said]: Pair): Promise<Bench> {
  const made = bench();
  const exchange = exchangeOf(turns, said);
  const template = await dataFlow(turns, said);
  if (!template) throw new Error("nothing flows");
  made.knowledge.add(exchange);
  made.workshop.memory.add(exchange);
  made.workshop.keep(template, "induced", exchange);
  return made;
}

const see = ({ workshop }: Bench, [turns, said]: Pair): Promise<void> =>
  Promise.resolve(narrow.run(new Observation(exchangeOf(turns, said)), workshop));

const last = (ids: readonly string[], id: string): Pair => [
  [user("Open the last one"), calls("list", {}), gives({ items: ids.map((each) => ({ id: each })) })],
  calls("open", { id }),
];

describe("narrowing", () => {
  it("keeps the way that the reply took, and retires the template that could not tell", async () => {
    const made = await taught(...last(["m-101", "m-202"], "m-202"));
    await see(made, last(["m-301", "m-302", "m-303"], "m-303"));
    expect(made.kept.map(({ template }) => printed(template)?.at(-1))).toEqual([
      "⇒ assistant: open(id={{result.items[1].id ≡ result.items[-1].id}})",
      "⇒ assistant: open(id={{result.items[-1].id}})",
    ]);
    expect(made.contradicted).toEqual([made.kept[0]?.id]);
    // The example it was made of before speaks for it.
    expect(made.agreed.map(([id]) => id)).toEqual([made.kept[1]?.id]);
  });

  it("drops a way that leads nowhere", async () => {
    const made = await taught(...last(["m-101", "m-202", "m-303"], "m-303"));
    await see(made, last(["m-401", "m-402"], "m-402"));
    expect(printed(made.kept[1]?.template)?.at(-1)).toBe("⇒ assistant: open(id={{result.items[-1].id}})");
  });

  it("takes the other way as well", async () => {
    const made = await taught(...last(["m-101", "m-202"], "m-202"));
    await see(made, last(["m-301", "m-302", "m-303"], "m-302"));
    expect(printed(made.kept[1]?.template)?.at(-1)).toBe("⇒ assistant: open(id={{result.items[1].id}})");
  });

  it("retires a template none of whose ways leads to what was said", async () => {
    const made = await taught(...last(["m-101", "m-202"], "m-202"));
    await see(made, last(["m-301", "m-302", "m-303"], "m-999"));
    expect([made.kept.length, made.contradicted]).toEqual([1, [made.kept[0]?.id]]);
  });

  it("leaves a template alone where the reply is of another kind", async () => {
    const made = await taught(...last(["m-101", "m-202"], "m-202"));
    await see(made, [last(["m-301", "m-302", "m-303"], "")[0], says("No.")]);
    expect([made.kept.length, made.contradicted]).toEqual([1, []]);
  });

  it("leaves a template alone that said something", async () => {
    const made = await taught(...last(["m-101", "m-202"], "m-202"));
    await see(made, last(["m-301", "m-302"], "m-301"));
    expect([made.kept.length, made.contradicted]).toEqual([1, []]);
  });

  it("keeps nothing that is wrong about what is known", async () => {
    const made = await taught(...last(["m-101", "m-202"], "m-202"));
    const [turns, said] = last(["m-501", "m-502", "m-503"], "m-502");
    made.workshop.memory.add(exchangeOf(turns, said));
    await see(made, last(["m-301", "m-302", "m-303"], "m-303"));
    expect([made.kept.length, made.contradicted]).toEqual([1, []]);
  });

  describe("of lists", () => {
    const each = (ids: readonly string[], taken = ids): Pair => [
      [user("Open them"), calls("list", {}), gives({ items: ids.map((id) => ({ id, kind: "Mail" })) })],
      callsEach(
        "open",
        taken.map((id) => ({ id })),
      ),
    ];
    const replies = ({ kept }: Bench): (string | undefined)[] =>
      kept.map(({ template }) => printed(template)?.at(-1));

    it("keeps the number of calls that the reply made", async () => {
      const all = await taught(...each(["m-101", "m-202"]));
      await see(all, each(["m-301", "m-302", "m-303"]));
      expect(replies(all)[0]).toContain("≡ take(result.items, 2)");
      expect(replies(all)[1]).toContain(
        '⇒ assistant: each item of {{result.items ≡ filter(result.items, "kind", "Mail")}}: open(id={{item.id}})',
      );
      expect(all.contradicted).toEqual([all.kept[0]?.id]);
      const first = await taught(...each(["m-101", "m-202"]));
      await see(first, each(["m-301", "m-302", "m-303"], ["m-301", "m-302"]));
      expect(replies(first)[1]).toContain("each item of {{take(result.items, 2) ≡ take(filter(");
    });

    it("retires a template whose every way was wrong about how many are meant", async () => {
      const made = await taught(...each(["m-101", "m-202"]));
      await see(made, each(["m-301", "m-302", "m-303"], ["m-301", "m-303"]));
      expect([made.kept.length, made.contradicted]).toEqual([1, [made.kept[0]?.id]]);
    });

    it("keeps what of an item the calls hold", async () => {
      const pay = (rows: readonly (readonly [id: string, unit: string])[], unit?: string): Pair => [
        [user("Pay them"), calls("list", {}), gives({ items: rows.map(([id, unit]) => ({ id, unit })) })],
        callsEach(
          "pay",
          rows.map(([id, each]) => ({ id, unit: unit ?? each })),
        ),
      ];
      const made = await taught(
        ...pay([
          ["m-1", "EUR"],
          ["m-2", "EUR"],
        ]),
      );
      await see(
        made,
        pay([
          ["m-3", "EUR"],
          ["m-4", "USD"],
        ]),
      );
      expect(replies(made)[1]).toContain("pay(id={{item.id}}, unit={{item.unit}})");
      const constant = await taught(
        ...pay([
          ["m-1", "EUR"],
          ["m-2", "EUR"],
        ]),
      );
      await see(
        constant,
        pay(
          [
            ["m-3", "USD"],
            ["m-4", "USD"],
          ],
          "EUR",
        ),
      );
      expect(replies(constant)[1]).toContain('unit={{"EUR"}}');
    });

    it("keeps the way to an argument that is a list", async () => {
      const list = (ids: readonly string[]): Pair => [each(ids)[0], calls("open", { ids })];
      const made = await taught(...list(["m-101", "m-202"]));
      await see(made, list(["m-301", "m-302", "m-303"]));
      expect(replies(made)[1]).not.toContain("take");
    });
  });

  it("keeps the forms of a text that a reply has shown to be right, with what spoke for all of them", async () => {
    const call = (text: string, name: string): Pair => [[user(`go to ${text} now`)], calls("go", { name })];
    const made = await taught(...call("rome", "Rome"));
    await see(made, call("new york", "New York"));
    expect(made.contradicted).toEqual([made.kept[0]?.id]);
    expect(printed(made.kept[1]?.template)?.at(-1)).toContain("title(");
    expect(printed(made.kept[1]?.template)?.at(-1)).not.toContain("capitalise(");
  });
});

describe("what a reply leaves of a template's ways", () => {
  const given = (said: Turn, parts: readonly PartPattern<Hole>[], bindings: Record<string, unknown>) => {
    const template: Template = {
      turns: [like("Go to {{a}} and {{b}}")],
      reply: { role: "assistant", parts },
      guards: [],
    };
    const read = new Map(
      Object.entries(bindings).map(([name, value]): [string, Json] => [name, json(value)]),
    );
    const left = narrowed(template, { bindings: read, said, evaluation: {} });
    return typeof left === "object" ? printed(left)?.at(-1) : left;
  };
  const words = (notation: string): PartPattern<Hole> => ({ kind: "text", text: holes(notation) });

  it("is those that give what was said", () => {
    const parts = [words("To {{a ≡ b ≡ upper(a)}}.")];
    expect(given(says("To x."), parts, { a: "x", b: "y" })).toBe("⇒ assistant: To {{a}}.");
    expect(given(says("To X."), parts, { a: "x", b: "y" })).toBe("⇒ assistant: To {{upper(a)}}.");
    expect(given(says("To x."), parts, { a: "x", b: "x" })).toBe("⇒ assistant: To {{a ≡ b}}.");
  });

  it("is nothing new where all of them do", () => {
    expect(given(says("To X."), [words("To {{a ≡ b ≡ upper(a)}}.")], { a: "X", b: "X" })).toBeUndefined();
    expect(given(says("Sold."), [words("To {{a ≡ b}}.")], { a: "x", b: "y" })).toBeUndefined();
  });

  it("is wrong where none does", () => {
    expect(given(says("To z."), [words("To {{a ≡ b}}.")], { a: "x", b: "y" })).toBe("wrong");
    expect(given(says("To x or z."), [words("To {{a}} or {{b}}.")], { a: "x", b: "y" })).toBe("wrong");
  });

  it("is those that fail, where none of the others gives it", () => {
    const parts = [words("To {{a ≡ b}}.")];
    expect(given(says("To z."), parts, { a: "x" })).toBe("⇒ assistant: To {{b}}.");
    expect(given(says("To x."), parts, { a: "x" })).toBe("⇒ assistant: To {{a}}.");
    expect(given(says("To z."), parts, {})).toBeUndefined();
  });

  it("is judged hole by hole", () => {
    expect(given(says("x, y"), [words("{{a ≡ b}}, {{b ≡ a}}")], { a: "x", b: "y" })).toBe(
      "⇒ assistant: {{a}}, {{b}}",
    );
  });
});

describe("a template that says nothing", () => {
  const learnt = templated("Go to {{a}} or {{b}} now", call("go", { to: "=a" }));
  const parted = (more: Partial<Template> = {}) => {
    const made = bench();
    const kept = made.workshop.keep(
      {
        ...learnt.template,
        reply: { role: "assistant", parts: [{ kind: "text", text: holes("To {{a ≡ b}}") }] },
        ...more,
      },
      "induced",
      exchangeOf([user("x")], says("y")),
    );
    return { ...made, silent: kept };
  };
  const other = templated("Go to {{x}} now", call("go", { to: "x" }));
  const count = ({ knowledge }: Bench, id: string): number => knowledge.evidenceOf(id).agreements.size;
  const asked: Turn[] = [user("Go to x or y now")];

  it("is outdone where another is right about what it does not see, and only then", async () => {
    for (const [said, beside, outdone] of [
      [calls("go", { to: "x" }), true, 1],
      [calls("go", { to: "x" }), false, 0],
      [calls("go", { to: "y" }), true, 0],
    ] as const) {
      const made = parted();
      if (beside) made.knowledge.add(other);
      await see(made, [asked, said]);
      expect(count(made, outdoneId(made.silent))).toBe(outdone);
      expect(made.contradicted).toEqual([]);
    }
  });

  it("is counted as silent where it takes any question", async () => {
    const loose = parted({
      turns: [like("{{asked:any}}")],
      reply: { role: "assistant", parts: [{ kind: "text", text: holes("To {{asked ≡ upper(asked)}}") }] },
    });
    await see(loose, [asked, calls("go", { to: "x" })]);
    expect(count(loose, silentId(loose.silent))).toBe(1);
    const closed = parted();
    await see(closed, [asked, calls("go", { to: "x" })]);
    expect(count(closed, silentId(closed.silent))).toBe(0);
  });

  it("is left alone where the caller has bound it", async () => {
    const made = bench();
    const { silent } = parted();
    made.workshop.keep(silent.template, "bound", exchangeOf([user("x")], says("y")));
    await see(made, [asked, says("To z")]);
    expect([made.kept.length, made.contradicted]).toEqual([1, []]);
  });
});
