import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meets } from "../../src/cache/forget.js";
import { shortDigest } from "../../src/template/digest.js";
import type { Template } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import { createExchange, createLearnt } from "../../src/tree/entry.js";
import { type Entry, type Exchange, Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import { printKnowledge } from "../../src/tree/print.js";
import { createPool, decodeEntry, encodeEntry } from "../../src/tree/record.js";
import { turns } from "../support/arbitrary.js";
import { exchangeOf, learntOf, like, says, system, templateOf, user } from "../support/turns.js";

const exchange = (conversation: readonly Turn[], said: Turn = says("ok")): Exchange =>
  exchangeOf(conversation, said);

const learnt = (...patterns: string[]): Learnt => marked({}, patterns);

const marked = (marks: Pick<Template, "continuation" | "given">, patterns: readonly string[]): Learnt =>
  learntOf({ ...templateOf(""), turns: patterns.map(like), ...marks });

/** A body as a store gives it back. */
function stored(entry: Entry): Record<string, unknown> {
  return JSON.parse(JSON.stringify(encodeEntry(entry))) as Record<string, unknown>;
}

function fieldsOf({
  kind,
  id,
  scope,
  at,
  model,
  details,
  size,
  conversation,
  meaning,
  turns,
  reply,
  said,
}: Exchange): Exchange {
  return { kind, id, scope, at, model, details, size, conversation, meaning, turns, reply, said };
}

describe("an entry's record", () => {
  it("gives back an exchange as it was, named by what it says", () => {
    fc.assert(
      fc.property(
        fc.array(turns, { minLength: 1, maxLength: 3 }),
        turns,
        fc.nat(),
        (conversation, said, at) => {
          const details = { finishReason: "stop", usage: { inputTokens: 1, outputTokens: 2 } };
          const entry = createExchange({ ...exchange(conversation, said), at, model: "m", details });
          const back = decodeEntry({ id: entry.id, at: at, body: stored(entry) }) as Exchange;
          // Written again before its content is read, it is what was read; after, it says the same.
          expect(stored(back)).toEqual(stored(entry));
          expect(fieldsOf(back)).toEqual(entry);
          expect(fieldsOf(decodeEntry({ id: entry.id, at: at, body: stored(back) }) as Exchange)).toEqual(
            entry,
          );
          expect(
            createExchange({ ...entry, at: at + 1, reply: { role: "assistant", content: "reworded" } }).id,
          ).toBe(entry.id);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("gives back a template as it was", () => {
    for (const template of [
      learnt("a {{x}}"),
      learnt("a", "b {{x:integer}} c", "a"),
      learnt(),
      marked({ given: [] }, ["a {{x}}"]),
      marked({ given: ["x", "__proto__"] }, ["a {{x}}"]),
      marked({ continuation: true, given: ["x"] }, ["a {{x}}"]),
    ]) {
      expect(decodeEntry({ id: template.id, at: 1, body: stored(template) })).toEqual(template);
    }
  });

  it("of the first format is read under its name, and everything in a bound template of it is the caller's", () => {
    // Written before a template said which of its variables carry the caller's names.
    const body = {
      kind: "template",
      scope: "s",
      details: {},
      origin: "bound",
      skeleton: "k",
      turns: ['{"role":"user","parts":[["text",["a ",["x","line"]]]]}'],
      reply: '{"role":"assistant","parts":[["text",[["x"]," on ",["today"]]]]}',
      guards: "[]",
    };
    const id = shortDigest(`template s {"turns":[${body.turns}],"reply":${body.reply},"guards":[]}`);
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e6 });
    const traits = (origin: string) => {
      const { given, unsaid } = knowledge.traits(
        decodeEntry({ id: id, at: 1, body: { ...body, origin } }) as Learnt,
      );
      return [[...given].sort(), [...unsaid]];
    };
    expect(traits("bound")).toEqual([["today", "x"], ["today"]]);
    expect(traits("induced")).toEqual([[], []]);
    expect(stored(decodeEntry({ id: id, at: 1, body: body })).turns).toEqual(body.turns);
  });

  it("is not believed under another id, or in another shape", () => {
    const entry = exchange([user("a")]);
    const template = learnt("a {{x}}");
    const changes: [Entry, object][] = [
      [entry, { scope: "t" }],
      [entry, { kind: "template" }],
      [entry, { kind: "other" }],
      [entry, { turns: "x" }],
      [entry, { turns: [{}] }],
      [entry, { reply: 5 }],
      [entry, { said: undefined }],
      [entry, { size: -1 }],
      [entry, { size: null }],
      [entry, { model: 1 }],
      [entry, { meaning: "other" }],
      [entry, { conversation: "other" }],
      [entry, { details: { usage: { inputTokens: "1" } } }],
      [entry, { details: { usage: { inputTokens: 1, outputTokens: null } } }],
      [entry, { details: null }],
      [template, { kind: "exchange" }],
      [template, { origin: "magic" }],
      [template, { skeleton: undefined }],
      [template, { scope: "t" }],
      [template, { turns: [] }],
      [template, { guards: "[ ]" }],
      [template, { given: [] }],
      [template, { given: "x" }],
      [template, { reply: '{"role":"assistant","parts":[]}' }],
    ];
    for (const [whose, change] of changes) {
      expect(
        () => decodeEntry({ id: whose.id, at: 1, body: { ...stored(whose), ...change } }),
        JSON.stringify(change),
      ).toThrow(TypeError);
    }
    for (const body of [undefined, null, 5, [], {}])
      expect(() => decodeEntry({ id: entry.id, at: 1, body: body })).toThrow(TypeError);
    expect(() => decodeEntry({ id: "0".repeat(32), at: 1, body: stored(entry) })).toThrow(TypeError);
    expect(() => decodeEntry({ id: "0".repeat(32), at: 1, body: stored(template) })).toThrow(TypeError);
  });

  it("with content that is not what the exchange is known by gives none of it, however often it is asked", () => {
    const entry = exchange([system("s"), user("a")]);
    const other = stored(exchange([system("s"), user("b")], says("other")));
    const slot = JSON.stringify({ role: "assistant", parts: [["text", [["slot", "line"]]]] });
    for (const change of [
      { turns: other.turns },
      { said: other.said },
      { said: slot },
      { turns: ["{"] },
      { reply: "5" },
      { reply: "{}" },
    ]) {
      const back = decodeEntry({ id: entry.id, at: 1, body: { ...stored(entry), ...change } }) as Exchange;
      for (let time = 0; time < 2; time++) {
        expect(() => back.turns, JSON.stringify(change)).toThrow();
        expect(() => back.reply).toThrow();
        expect(() => back.said).toThrow();
      }
    }
  });

  it("shares turns with others that are read with it", () => {
    const pool = createPool();
    const read = (entry: Entry): Entry => decodeEntry({ id: entry.id, at: 1, body: stored(entry) }, pool);
    const [one, two] = [learnt("system", "a {{x}}"), learnt("system", "b {{x}}")].map(read) as [
      Learnt,
      Learnt,
    ];
    expect(two.template.turns[0]).toBe(one.template.turns[0]);
    expect(two).toEqual(learnt("system", "b {{x}}"));
    const conversation = [system("s"), user("a")];
    read(exchange(conversation));
    const longer = exchange([...conversation, says("ok"), user("more")]);
    expect(fieldsOf(read(longer) as Exchange)).toEqual(longer);
    expect([...pool.texts.keys()].map((turn) => JSON.parse(turn).role)).toEqual([
      "system",
      "user",
      "assistant",
    ]);
    // A pool that is full begins anew, whatever it is asked for just then.
    const wordings = Array.from({ length: 12_000 }, (_, index) => [
      "system",
      `${index} {{x}}`,
      "system",
      `${index}`,
    ]);
    const wrong = wordings.filter(
      (patterns) => createLearnt(read(learnt(...patterns)) as Learnt).id !== learnt(...patterns).id,
    );
    expect(wrong).toEqual([]);
    expect(pool.patterns.size).toBeLessThanOrEqual(10_000);
  });

  it("that does not hold what it is known by is drawn as damaged, and goes with any tool that is forgotten", () => {
    const entry = exchange([user("hi")]);
    const other = exchange([user("hi")], says("something else"));
    const damaged = decodeEntry({
      id: entry.id,
      at: 1,
      body: { ...stored(entry), said: stored(other).said },
    }) as Exchange;
    expect(() => damaged.said).toThrow("known by");
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e6 });
    knowledge.add(damaged);
    expect(printKnowledge(knowledge, () => "live")).toContain("damaged");
    expect([damaged, entry].map((each) => meets(each, { tool: "t" }))).toEqual([true, false]);
  });
});
