import { describe, expect, it } from "vitest";
import type { RepriseError } from "../../src/index.js";
import { ask, calls, heard, result, says, setUp, user } from "../support/cache.js";

describe("why a request is not served", () => {
  it("is told by what is nearest, and where the request leaves it", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(ask("Set the light to 5.", { bindings: { level: "5" } }), calls("set", { level: 5 }));
    const { sentence, nearest } = cache.explain(ask("Set the lamp to 7."));
    expect(nearest).toMatchObject({ kind: "template", message: 1, role: "user" });
    expect(sentence).toBe(
      'Not served: nothing that is known fits the conversation; the nearest template (user: Set the light to {{level:integer}}.) fits up to message 1 (user), which differs after "Set the ": "lamp to 7." instead of "light to ".',
    );
  });

  it("names the message of a longer conversation, the system's too", async () => {
    const { cache } = setUp();
    const day = (name: string) => [{ role: "system", content: `Today is ${name}.` }, user("Who is on duty?")];
    await cache.observe({ messages: day("Monday") }, says("Ann."));
    expect(cache.explain({ messages: day("Tuesday") }).nearest).toMatchObject({
      kind: "exchange",
      message: 1,
      role: "system",
      stops: 'differs after "Today is ": "Tuesday." instead of "Monday."',
    });
    const [system, first] = day("Monday");
    const longer = { messages: [system, first, says("Ann."), user("And tomorrow?")] as never };
    expect(cache.explain(longer).nearest).toMatchObject({
      message: 3,
      stops: "goes on where it ends: assistant: Ann.",
    });
    expect(cache.explain({ messages: [system] as never }).nearest).toMatchObject({
      message: 2,
      stops: "is not there yet: user: Who is on duty?",
    });
  });

  it("tells how much is missing where something fits and is not trusted", async () => {
    const { cache } = setUp();
    await cache.observe(ask("Say hello to Erik.", { bindings: { name: "Erik" } }), says("Hello Erik!"));
    expect(cache.explain(ask("Say hello to Ann.")).sentence).toBe(
      "Not served: what fits has not proved itself yet; user: Say hello to {{name:words}}. needs 1 more agreement.",
    );
  });

  it("tells of what fits and was proven wrong", async () => {
    const { cache } = setUp({ policy: "eager", induction: false });
    await cache.observe(ask("Say hello to Erik.", { bindings: { name: "Erik" } }), says("Hello Erik!"));
    const answer = await cache.lookup(ask("Say hello to Ann."));
    if (answer.status !== "hit") throw new Error(answer.reason);
    await cache.feedback(answer.id, "bad");
    const { sentence, templates, nearest } = cache.explain(ask("Say hello to Zoe."));
    expect(sentence).toBe(
      "Not served: nothing that is known fits the conversation; user: Say hello to {{name:words}}. fits, but was proven wrong.",
    );
    expect(templates).toMatchObject([{ standing: "retired", missingAgreements: undefined }]);
    expect(nearest).toBeUndefined();
  });

  it("is told of what was answered in two ways, of calls that are never replayed, and of an empty cache", async () => {
    const { cache } = setUp({ never: ["pay"] });
    expect(cache.explain(ask("hi")).sentence).toBe(
      "Not served: nothing that is known fits the conversation.",
    );
    await cache.observe(ask("hi"), says("one"));
    await cache.observe(ask("hi"), says("two"));
    expect(cache.explain(ask("hi")).sentence).toContain(
      "the model has answered this very conversation in different ways",
    );
    await cache.observe(ask("pay"), calls("pay", {}));
    expect(cache.explain(ask("pay")).sentence).toContain("never replayed");
    expect(cache.explain({ ...ask("hi"), read: false })).toMatchObject({
      outcome: "bypass",
      reason: "read-off",
    });
  });

  it("tells what served, where something did", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(ask("Say hello to Erik.", { bindings: { name: "Erik" } }), says("Hello Erik!"));
    expect(cache.explain(ask("Say hello to Erik.")).sentence).toBe(
      "Served: the model has answered this very conversation.",
    );
    expect(cache.explain(ask("Say hello to Ann.")).sentence).toBe(
      "Served by a template: user: Say hello to {{name:words}}. ⇒ assistant: Hello {{name}}!.",
    );
  });
});

describe("why a call was answered as it was", () => {
  const reply = says("Hello Erik!");

  it("is told by the id of the answer, with how it would go now", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.lookup(ask("Say hello to Erik."), { id: "first" });
    expect(cache.explain("first")).toMatchObject({
      outcome: "miss",
      before: { status: "miss", reason: "unseen" },
    });
    await cache.observe(ask("Say hello to Erik."), reply, { answer: "first" });
    expect(cache.explain("first").sentence).toBe(
      "Then: not served, as nothing that is known fits the conversation. Now: Served: the model has answered this very conversation.",
    );
    const answer = await cache.lookup(ask("Say hello to Erik."));
    if (answer.status !== "hit") throw new Error(answer.reason);
    expect(cache.explain(answer.id)).toMatchObject({
      outcome: "hit",
      before: { status: "hit", template: answer.template },
    });
    expect((await cache.lookup(ask("Say hello to Erik."), { id: "mine" })) as { id?: string }).toMatchObject({
      id: "mine",
    });
  });

  it("tells why the reply was not kept, as the event and whoever observed it are told", async () => {
    const { cache, told } = setUp();
    await cache.lookup(ask("hi"), { id: "cut" });
    const refusals: string[] = [];
    await cache.observe(ask("hi"), reply, {
      answer: "cut",
      finishReason: "length",
      onRefused: (reason) => refusals.push(reason),
    });
    expect(refusals).toEqual(["finish-reason"]);
    expect(heard(told, "observed")).toEqual([{ recorded: false, refusal: "finish-reason", answer: "cut" }]);
    expect(cache.explain("cut")).toMatchObject({ before: { refused: "finish-reason" } });
    expect(cache.explain("cut").sentence).toMatch(/The reply was not kept, as it was cut off/);
  });

  it("tells of calls past the cache, read or not", async () => {
    const { cache } = setUp({ maxMessages: 1 });
    await cache.lookup({ messages: [user("a"), result("b")] }, { id: "large" });
    await cache.lookup({ messages: "hi" as never }, { id: "odd" });
    cache.report({ bypass: "server-state", answer: "state" });
    expect(["large", "odd", "state"].map((id) => cache.explain(id).reason)).toEqual([
      "too-large",
      "invalid",
      "server-state",
    ]);
    expect(cache.explain("state").sentence).toBe(
      "Not served: the call builds on what its provider keeps: it is only half of what the model sees.",
    );
  });

  it("is known for the last thousand calls, and for none after something was erased", async () => {
    const { cache } = setUp();
    for (let index = 0; index <= 1_000; index++)
      await cache.lookup(ask(`question ${index}`), { id: `id ${index}` });
    const code = (id: string): unknown => {
      try {
        return cache.explain(id).outcome;
      } catch (error) {
        return (error as RepriseError).code;
      }
    };
    expect([code("id 0"), code("id 1"), code("id 1000")]).toEqual(["BAD_REQUEST", "miss", "miss"]);
    expect(cache.stats().memory.asked?.entries).toBe(1_000);
    await cache.forget({ tool: "any" });
    expect(code("id 1000")).toBe("BAD_REQUEST");
  });
});
