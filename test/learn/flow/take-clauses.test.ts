import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { answerTo, play, type Step, task, teach } from "../../support/agent.js";
import { calls, setUp } from "../../support/cache.js";

const FIELDS: Readonly<Record<string, string>> = {
  "Short description": "short_description",
  Caller: "caller_id",
  Urgency: "urgency",
  Closed: "closed_at",
  Category: "category",
};

/** A form is filled in by clauses, as many as there are values. */
function form(values: Readonly<Record<string, string>>): Step {
  const clauses = Object.entries(values).map(
    ([label, value]) => `a value of "${value}" for field "${label}"`,
  );
  const said = `${clauses.slice(0, -1).join(", ")}${clauses.length > 1 ? " and " : ""}${clauses.at(-1)}`;
  const fields = Object.fromEntries(Object.entries(values).map(([label, value]) => [FIELDS[label], value]));
  return task(`Create a new incident with ${said}.`, calls("create", { table: "incident", fields }));
}

const LEARNED: readonly Step[] = [
  form({ Caller: "Erik", Urgency: "high" }),
  form({ "Short description": "no mouse", Caller: "Ann Marsh", Category: "hardware" }),
  form({ Urgency: "low", Caller: "Raj" }),
  form({ Category: "network", "Short description": "slow" }),
  form({ Caller: "Mia", Urgency: "medium", Category: "software" }),
  form({ "Short description": "door", Urgency: "low" }),
];

describe("clauses that a user says again and again", () => {
  it("fill as many fields as are said, in any order, by the names their labels stand for", async () => {
    const { cache } = setUp();
    await teach(cache, LEARNED);
    expect(
      await answerTo(
        cache,
        form({ Category: "badge", Urgency: "high", Caller: "Lena", "Short description": "x y" }),
      ),
    ).toBe(
      'template create({"table":"incident","fields":{"category":"badge","urgency":"high","caller_id":"Lena","short_description":"x y"}})',
    );
    expect(await answerTo(cache, form({ Caller: "Hugo" }))).toContain('{"caller_id":"Hugo"}');
    expect(cache.printTree()).toContain("with {{clauses:any}}.");
  });

  it("leave a label to the model that was never seen, where names do not follow from labels", async () => {
    const { cache } = setUp();
    await teach(cache, LEARNED);
    const closed = form({ Closed: "today", Caller: "Erik" });
    expect(await answerTo(cache, closed)).toMatch(/^miss/);
    await teach(cache, [closed]);
    expect(await answerTo(cache, form({ Urgency: "low", Closed: "noon" }))).toContain('"closed_at":"noon"');
  });

  it("answer to nothing that says more than clauses", async () => {
    const { cache } = setUp();
    await teach(cache, LEARNED);
    const [messages, reply] = form({ Caller: "Erik", Urgency: "high" });
    const other = JSON.parse(
      JSON.stringify(messages)
        .replace("high", "low")
        .replace('\\"Urgency\\".', '\\"Urgency\\", but tell nobody.'),
    );
    expect(await answerTo(cache, [other, reply])).toMatch(/^miss/);
  });

  it("give lists of several columns, each by what it stands for", async () => {
    const { cache } = setUp();
    const sort = (...fields: readonly (readonly [string, string])[]): Step =>
      task(
        `Sort the list by:\n${fields.map(([label, way]) => ` - ${label} (${way})`).join("\n")}`,
        calls("sort", {
          fields: fields.map(([label]) => FIELDS[label]),
          dirs: fields.map(([, way]) => (way === "ascending" ? "asc" : "desc")),
        }),
      );
    const [up, down] = ["ascending", "descending"] as const;
    const { wrong } = await play(cache, [
      sort(["Caller", up], ["Urgency", down]),
      sort(["Category", up], ["Caller", up], ["Short description", down]),
      sort(["Urgency", down], ["Category", down]),
      sort(["Caller", down], ["Short description", up]),
      sort(["Category", up], ["Urgency", up]),
      sort(["Urgency", up], ["Short description", down]),
      sort(["Caller", down], ["Category", down], ["Urgency", down]),
    ]);
    expect(wrong).toEqual([]);
    expect(await answerTo(cache, sort(["Short description", down], ["Caller", up], ["Urgency", up]))).toBe(
      'template sort({"fields":["short_description","caller_id","urgency"],"dirs":["desc","asc","asc"]})',
    );
  });

  it("are known after a restart, with what labels stand for", async () => {
    const store = new Keyv();
    const { cache } = setUp({ store });
    await teach(cache, LEARNED);
    await cache.close();
    const next = setUp({ store }).cache;
    await next.settled();
    expect(await answerTo(next, form({ Category: "badge", Caller: "Lena" }))).toContain('"caller_id":"Lena"');
    await next.close();
  });

  it("are forgotten with what labels stood for", async () => {
    const { cache } = setUp();
    await teach(cache, LEARNED);
    await cache.forget({ tool: "create" });
    expect(await answerTo(cache, form({ Category: "badge", Caller: "Lena" }))).toMatch(/^miss/);
  });
});
