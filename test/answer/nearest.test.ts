import { describe, expect, it } from "vitest";
import { type Nearest, nearestTo } from "../../src/answer/nearest.js";
import type { Turn } from "../../src/template/turn.js";
import { literalTurn } from "../../src/template/visit.js";
import { type Entry, Knowledge } from "../../src/tree/knowledge.js";
import { calls, exchangeOf, gives, learntOf, like, says, templateOf, user } from "../support/turns.js";

const knowing = (...entries: Entry[]): Knowledge => {
  const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
  for (const entry of entries) knowledge.add(entry);
  return knowledge;
};
const nearest = (knowledge: Knowledge, ...turns: Turn[]): Nearest | undefined =>
  nearestTo(turns, knowledge.scope("s"));
const looking = calls("look", { where: "list" });
/** A template of a question, and of turns after it as they stand. */
const taught = (asked: string, ...after: Turn[]) =>
  learntOf({ ...templateOf(asked), turns: [like(asked), ...after.map((turn) => literalTurn(turn))] });

describe("the nearest of what is known", () => {
  it("is nothing where nothing is known", () => {
    expect(nearest(knowing(), user("Find Ann"))).toBeUndefined();
  });

  it("is nothing where a template fits to its end: why that is not served is another question", () => {
    expect(nearest(knowing(taught("Find {{name}}")), user("Find Ann"))).toBeUndefined();
    expect(
      nearest(knowing(taught("Find {{name}}", looking), taught("Find {{name}}")), user("Find Ann")),
    ).toBeUndefined();
  });

  it("is the template that fits more of the turn", () => {
    const [far, near] = [taught("Sell all the old {{what}} today"), taught("Find the old {{what}} today")];
    for (const knowledge of [knowing(far, near), knowing(near, far)])
      expect(nearest(knowledge, user("Find the new hat today"))).toMatchObject({
        ...{ id: near.id, kind: "template", message: 1, role: "user", reply: "assistant: ok" },
        turns: ["user: Find the old {{what}} today"],
      });
  });

  it("is the template that fits more turns, whatever the others share of the first", () => {
    const long = taught("Find {{name}}", looking, gives("none"));
    const found = nearest(
      knowing(long, taught("Find Ann at once")),
      ...[user("Find Ann"), looking, gives("two")],
    );
    expect(found).toMatchObject({ id: long.id, message: 3, role: "tool" });
  });

  it("tells of a conversation that ends too early, and what is to come", () => {
    const long = taught("Find {{name}}", looking, gives("none"));
    expect(nearest(knowing(long), user("Find Ann"))).toMatchObject({
      ...{ id: long.id, message: 2, role: "assistant" },
      stops: 'is not there yet: assistant: look(where="list")',
    });
    expect(nearest(knowing(long), user("Find Ann"), looking)).toMatchObject({ message: 3, role: "tool" });
  });

  it("tells of a conversation that goes on where a template ends", () => {
    const short = taught("Find {{name}}");
    expect(nearest(knowing(short), user("Find Ann"), looking)).toMatchObject({
      ...{ id: short.id, message: 2, role: "assistant" },
      stops: 'goes on where it ends: assistant: look(where="list")',
    });
  });

  it("names a template that ends below where the conversation parts", () => {
    const long = taught("Find the {{what}} now", looking, gives("none"));
    expect(nearest(knowing(long), user("Find the hat soon"))).toMatchObject({
      ...{ id: long.id, message: 1 },
      turns: [
        "user: Find the {{what}} now",
        'assistant: look(where="list")',
        expect.stringContaining("none"),
      ],
    });
  });

  it("is the recorded exchange where that is nearer than any template, and only there", () => {
    const exchange = exchangeOf([user("Find Ann in the big list")], says("There."));
    const template = taught("Find Ann {{where}} the small lists of ours");
    const asked = user("Find Ann in the big book");
    expect(nearest(knowing(template, exchange), asked)).toMatchObject({
      ...{ id: exchange.id, kind: "exchange", message: 1, role: "user", reply: "assistant: There." },
      turns: ["user: Find Ann in the big list"],
    });
    expect(nearest(knowing(exchange), asked)).toMatchObject({ id: exchange.id });
    const better = taught("Find Ann in the big {{what:integer}}");
    expect(nearest(knowing(better, exchangeOf([user("Sell it")], says("ok"))), asked)).toMatchObject({
      id: better.id,
    });
  });

  it("is the exchange that begins most like it, by its turns first and then by how much of one fits", () => {
    const other = exchangeOf([user("Sell the hat")], says("ok"));
    const near = exchangeOf([user("Find the old hat now")], says("ok"));
    const deep = exchangeOf([user("Find the hat"), looking, gives("none")], says("ok"));
    for (const known of [
      [near, other],
      [other, near],
    ])
      expect(nearest(knowing(...known), user("Find the old hat soon"))?.id).toBe(near.id);
    for (const known of [
      [deep, near],
      [near, deep],
    ])
      expect(nearest(knowing(...known), user("Find the hat"), looking, gives("two"))).toMatchObject({
        ...{ id: deep.id, message: 3, role: "tool" },
      });
  });

  it("tells of an exchange that goes on, or ends, where the conversation does not", () => {
    const exchange = exchangeOf([user("Find Ann"), looking, gives("none")], says("Nobody."));
    expect(nearest(knowing(exchange), user("Find Ann"))).toMatchObject({
      ...{ message: 2, role: "assistant", stops: 'is not there yet: assistant: look(where="list")' },
    });
    const on = [user("Find Ann"), looking, gives("none"), says("Nobody."), user("Again")];
    expect(nearest(knowing(exchange), ...on)).toMatchObject({
      ...{ message: 4, role: "assistant", stops: "goes on where it ends: assistant: Nobody." },
    });
  });

  it("is no exchange that is the same to its end", () => {
    const turns = [user("Find Ann")];
    expect(nearest(knowing(exchangeOf(turns, says("Nobody."))), ...turns)).toBeUndefined();
  });
});
