import Keyv from "keyv";
import { describe, expect, it, vi } from "vitest";
import { createCache, type RepriseError } from "../src/index.js";
import type { CacheRequest } from "../src/types.js";
import { ask, calls, heard, hitOf, record, result, says, setUp, short, user } from "./support/cache.js";

const greet = (name: string, more: Omit<CacheRequest, "messages"> = {}): CacheRequest =>
  ask(`Say hello to ${name}.`, { bindings: { name }, ...more });

describe("exact answers", () => {
  it("gives the recorded reply to the same conversation, as it was, with its price and its age", async () => {
    const { cache, clock } = setUp();
    expect(short(await cache.lookup(ask("hi")))).toBe("miss unseen");
    const reply = {
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "hello" },
        { type: "file", data: "AAAA" },
      ],
    };
    await cache.observe(ask("hi"), reply, {
      finishReason: "stop",
      usage: { inputTokens: 3, outputTokens: 2 },
    });
    clock.now += 50;
    const hit = hitOf(await cache.lookup(ask("hi")));
    expect(hit).toMatchObject({
      match: "exact",
      reply,
      bindings: {},
      age: 50,
      finishReason: "stop",
      saved: { inputTokens: 3, outputTokens: 2 },
    });
    expect(hit.id).not.toBe(hitOf(await cache.lookup(ask("hi"))).id);
  });

  it("gives fresh tool-call ids each time, and never the recorded ones", async () => {
    const { cache } = setUp();
    await cache.observe(ask("find"), {
      role: "assistant",
      content: null,
      tool_calls: [...(calls("a", {}, "x").tool_calls ?? []), ...(calls("b", {}, "y").tool_calls ?? [])],
    });
    const ids = [];
    for (let index = 0; index < 3; index++)
      ids.push(...(hitOf(await cache.lookup(ask("find"))).reply.tool_calls ?? []).map(({ id }) => id));
    expect(new Set(ids).size).toBe(6);
    expect(ids).not.toContain("x");
  });

  it("is not changed by what is done to a request, a reply or a hit afterwards", async () => {
    const { cache } = setUp();
    const messages = [{ role: "user", content: "hi" }];
    const reply = { role: "assistant", content: [{ type: "text", text: "hello" }] };
    await cache.observe({ messages }, reply);
    (reply.content[0] as { text: string }).text = "changed";
    (messages[0] as { content: string }).content = "other";
    const hit = hitOf(await cache.lookup(ask("hi")));
    (hit.reply.content as unknown as { text: string }[]).length = 0;
    expect(hitOf(await cache.lookup(ask("hi"))).reply.content).toEqual([{ type: "text", text: "hello" }]);
    expect(short(await cache.lookup({ messages }))).toBe("miss unseen");
  });

  it("says how many messages were known", async () => {
    const { cache } = setUp();
    await cache.observe({ messages: [user("a"), says("b"), user("c")] }, says("d"));
    await cache.observe({ messages: [user("a")] }, says("b"));
    expect(await cache.lookup({ messages: [user("a"), says("x")] })).toMatchObject({
      status: "miss",
      depth: 1,
    });
    expect(await cache.lookup({ messages: [user("z")] })).toMatchObject({ status: "miss", depth: 0 });
  });
});

describe("policies and bound values", () => {
  it("exact: never serves another conversation, whatever was bound", async () => {
    const { cache } = setUp({ policy: "exact" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Ann")))).toBe("miss unseen");
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
  });

  it("eager: serves other values from the first example on, the moment observe resolves", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"), { usage: { inputTokens: 7, outputTokens: 1 } });
    const hit = hitOf(await cache.lookup(greet("Ann Lee")));
    expect(hit).toMatchObject({
      match: "template",
      reply: says("Hello Ann Lee!"),
      bindings: { name: "Ann Lee" },
      saved: { inputTokens: 7 },
    });
    expect(heard(told, "learned")).toContainEqual({ template: hit.template, origin: "bound" });
  });

  it("verified: the caller's word is one agreement, another value's reply the second", async () => {
    const { cache, told } = setUp();
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Ann")))).toBe("miss untrusted");
    expect(cache.stats().templates.live).toBe(0);
    await cache.observe(greet("Ann"), says("Hello Ann!"));
    await cache.settled();
    const hit = hitOf(await cache.lookup(ask("Say hello to Bob.")));
    expect(hit).toMatchObject({ match: "template", reply: says("Hello Bob!") });
    expect(heard(told, "promoted")).toContainEqual({ template: hit.template });
  });

  it("verified: asks for as many agreements as it was told to", async () => {
    const { cache } = setUp({ minAgreements: 3 });
    for (const name of ["Erik", "Ann"]) await cache.observe(greet(name), says(`Hello ${name}!`));
    const bound = () => cache.explain(greet("Zoe")).templates.find(({ agreements }) => agreements === 2);
    expect(bound()).toMatchObject({
      standing: "candidate",
      missingAgreements: 1,
      says: "assistant: Hello Zoe!",
    });
    await cache.observe(greet("Bob"), says("Hello Bob!"));
    expect(short(await cache.lookup(greet("Zoe")))).toBe("template Hello Zoe!");
  });

  it("verified: repeating one request gains no evidence", async () => {
    const { cache } = setUp();
    for (let index = 0; index < 100; index++) await cache.observe(greet("Erik"), says("Hello Erik!"));
    await cache.settled();
    expect(short(await cache.lookup(greet("Ann")))).toBe("miss untrusted");
    expect(cache.stats().exchanges).toBe(1);
  });

  it("a reply that a template got wrong retires it", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    const { template } = hitOf(await cache.lookup(greet("Ann")));
    await cache.observe(greet("Ann"), says("Go away!"));
    await cache.settled();
    expect(heard(told, "retired")).toContainEqual({ template, by: "observation" });
    const next = await cache.lookup(greet("Bob"));
    expect(next.status === "hit" && next.template === template).toBe(false);
    expect(cache.stats().templates.retired).toBeGreaterThan(0);
  });

  it("binds through several steps, tool arguments and results, and keeps numbers numbers", async () => {
    const { cache } = setUp({ policy: "eager" });
    const run = (city: string, id: number) => {
      const first = ask(`Weather in ${city}?`, { bindings: { city, id } });
      const call = calls("find_city", { name: city, limit: 5 });
      const second = {
        ...first,
        messages: [...first.messages, call, result(JSON.stringify({ id, ok: true }))],
      };
      return { first, call, second, next: calls("weather", { city_id: id, label: `for ${city}` }) };
    };
    const paris = run("Paris", 17);
    await cache.observe(paris.first, paris.call);
    await cache.observe(paris.second, paris.next);
    const rome = run("New Rome", 905);
    expect(short(await cache.lookup(rome.first))).toBe('template find_city({"name":"New Rome","limit":5})');
    expect(short(await cache.lookup(rome.second))).toBe(
      'template weather({"city_id":905,"label":"for New Rome"})',
    );
    const unbound = { ...rome.second, bindings: undefined };
    expect(short(await cache.lookup(unbound))).toBe(
      'template weather({"city_id":905,"label":"for New Rome"})',
    );
  });

  it("misses when what it reads disagrees with what the caller binds", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup({ ...greet("Ann"), bindings: { name: "Bob" } }))).not.toContain("Bob");
    expect((await cache.lookup({ ...greet("Ann"), bindings: { name: "Bob", other: 5 } })).status).toBe(
      "miss",
    );
  });

  it("misses on a known conversation whose reply held a bound value that is another now", async () => {
    const { cache } = setUp({ policy: "eager" });
    const today = (date: string): CacheRequest => ask("What day is it?", { bindings: { today: date } });
    await cache.observe(today("2024-05-01"), says("It is 2024-05-01."));
    expect(short(await cache.lookup(today("2024-05-01")))).toBe("exact It is 2024-05-01.");
    expect(short(await cache.lookup(today("2024-05-02")))).toBe("miss bindings");
  });

  it("serves a known conversation whatever names are bound to what it says", async () => {
    const { cache } = setUp({ policy: "eager" });
    const pay = (bindings?: Record<string, string>) => ask("Pay Ann and Bob", bindings && { bindings });
    await cache.observe(pay({ first: "Ann", second: "Bob" }), calls("pay", { to: ["Ann", "Bob"] }));
    for (const bindings of [undefined, { first: "Bob", second: "Ann" }, { first: "Cid" }, { to: "Ann" }])
      expect(short(await cache.lookup(pay(bindings)))).toBe('exact pay({"to":["Ann","Bob"]})');
  });

  it("keeps a reply's name when a template makes it", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), { ...says("Hello Erik!"), name: "clerk" });
    expect(hitOf(await cache.lookup(greet("Ann"))).reply).toEqual({ ...says("Hello Ann!"), name: "clerk" });
  });

  it("makes no template where one conversation got two answers, and serves neither", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    await cache.observe(greet("Erik"), says("Hi Erik!"));
    await cache.settled();
    expect(short(await cache.lookup(greet("Erik")))).toBe("miss volatile");
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    await cache.settled();
    expect(short(await cache.lookup(greet("Erik")))).toBe("miss volatile");
    expect(cache.stats().exchanges).toBe(2);
    expect(short(await cache.lookup(greet("Ann")))).not.toContain("Hi");
  });

  it("takes reasoning in a reply for no part of what it says", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), { ...says("hello"), reasoning_content: "one" });
    await cache.observe(ask("hi"), { ...says("hello"), reasoning_content: "two" });
    expect(short(await cache.lookup(ask("hi")))).toBe("exact hello");
  });
});

describe("opt-outs", () => {
  it("read: false asks the model; what it says is kept all the same", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), says("hello"));
    expect(short(await cache.lookup(ask("hi", { read: false })))).toBe("bypass read-off");
    await cache.observe(ask("yo", { read: false }), says("yo"));
    expect(short(await cache.lookup(ask("yo")))).toBe("exact yo");
  });

  it("write: false keeps nothing", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik", { write: false }), says("Hello Erik!"));
    await cache.settled();
    expect(cache.stats()).toMatchObject({
      exchanges: 0,
      templates: { live: 0 },
      refused: { "write-off": 1 },
    });
    expect(heard(told, "observed")).toEqual([{ recorded: false, refusal: "write-off" }]);
  });

  it("induce: false keeps the exact exchange alone", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik", { induce: false }), says("Hello Erik!"));
    await cache.settled();
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
    expect(short(await cache.lookup(greet("Ann")))).toBe("miss unseen");
  });
});

describe("feedback", () => {
  it("bad on an exact answer erases it; the same exchange counts again when the model repeats it, in the same millisecond", async () => {
    for (const store of [undefined, new Keyv()]) {
      const { cache, clock } = setUp(store ? { store } : {});
      await cache.observe(ask("hi"), says("hello"));
      expect(await cache.feedback(hitOf(await cache.lookup(ask("hi"))).id, "bad")).toBe(true);
      expect(short(await cache.lookup(ask("hi")))).toBe("miss unseen");
      await cache.observe(ask("hi"), says("hello"));
      expect(short(await cache.lookup(ask("hi")))).toBe("exact hello");
      await cache.close();
      if (!store) continue;
      const again = setUp({ store, now: () => clock.now });
      expect(short(await again.cache.lookup(ask("hi")))).toBe("exact hello");
      await again.cache.close();
    }
  });

  it("bad on an exact answer retires the templates that would say the same", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    await cache.feedback(hitOf(await cache.lookup(greet("Erik"))).id, "bad");
    expect((await cache.lookup(greet("Erik"))).status).toBe("miss");
    expect((await cache.lookup(greet("Ann"))).status).toBe("miss");
  });

  it("bad on a template's answer ends that template at once", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    const hit = hitOf(await cache.lookup(greet("Ann")));
    expect(await cache.feedback(hit.id, "bad")).toBe(true);
    expect(heard(told, "retired")).toContainEqual({ template: hit.template, by: "feedback" });
    expect(short(await cache.lookup(greet("Ann")))).not.toContain("Hello");
  });

  it("bad on a recorded reply ends the template that says the same of what the caller alone could say", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    const request = ask("What day is it?", { bindings: { today: "Monday" } });
    await cache.observe(request, says("It is Monday."));
    await cache.settled();
    const hit = hitOf(await cache.lookup(request));
    expect(hit.match).toBe("exact");
    await cache.feedback(hit.id, "bad");
    expect(heard(told, "retired")).toHaveLength(1);
    expect(short(await cache.lookup(request))).toMatch(/^miss/);
  });

  it("good is evidence, once for each set of values", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    const agreements = (): number =>
      Math.max(...cache.explain(greet("Zoe")).templates.map((each) => each.agreements));
    expect(agreements()).toBe(1);
    for (let index = 0; index < 3; index++)
      await cache.feedback(hitOf(await cache.lookup(greet("Ann"))).id, "good");
    expect(agreements()).toBe(2);
  });

  it("knows nothing of an answer it never gave, one that was forgotten, or after close", async () => {
    const { cache } = setUp();
    expect(await cache.feedback("nonsense", "bad")).toBe(false);
    await cache.observe(ask("hi"), says("hello"));
    const { id } = hitOf(await cache.lookup(ask("hi")));
    await cache.forget({ namespace: "default" });
    expect(await cache.feedback(id, "good")).toBe(false);
    await cache.observe(ask("hi"), says("hello"));
    const next = hitOf(await cache.lookup(ask("hi")));
    await cache.close();
    expect(await cache.feedback(next.id, "bad")).toBe(false);
  });
});

describe("forgetting", () => {
  const fill = async () => {
    const made = setUp({ policy: "eager", namespace: "acme" });
    const { cache, clock } = made;
    await cache.observe(ask("old", { model: "m1" }), says("1"));
    clock.now += 1_000;
    await cache.observe(ask("call", { model: "m2" }), calls("pay", { n: 1 }));
    await cache.observe(greet("Erik", { model: "m2" }), says("Hello Erik!"));
    await cache.settled();
    return made;
  };

  it("takes a template, an exact entry, a tool, a model, an age or a whole namespace, and tells how much went", async () => {
    const cases: [filter: object, gone: string[]][] = [
      [{ model: "m1" }, ["old"]],
      [{ tool: "pay" }, ["call"]],
      [{ olderThan: 500 }, ["old"]],
      [{ model: "m2", tool: "pay" }, ["call"]],
      [{ namespace: "acme" }, ["old", "call", "erik"]],
      [{ namespace: "other" }, []],
      [{ model: "m1", tool: "pay" }, []],
    ];
    for (const [filter, gone] of cases) {
      const { cache, told } = await fill();
      const count = await cache.forget(filter);
      expect(heard(told, "forgotten")).toEqual([{ count }]);
      const missing: string[] = [];
      if ((await cache.lookup(ask("old", { model: "m1" }))).status === "miss") missing.push("old");
      if ((await cache.lookup(ask("call", { model: "m2" }))).status === "miss") missing.push("call");
      if ((await cache.lookup(greet("Erik", { model: "m2" }))).status === "miss") missing.push("erik");
      expect([filter, missing]).toEqual([filter, gone]);
      expect(count > 0).toBe(gone.length > 0);
    }
    const { cache } = await fill();
    const { template } = hitOf(await cache.lookup(ask("old", { model: "m1" })));
    expect(await cache.forget({ template })).toBe(1);
    expect(short(await cache.lookup(ask("old", { model: "m1" })))).toBe("miss unseen");
  });

  it("does not learn from what was forgotten while it waited, and leaves no text behind", async () => {
    const { cache } = setUp({ policy: "eager" });
    const observed = cache.observe(
      ask("my secret is xyzzy", { bindings: { word: "xyzzy" } }),
      says("xyzzy it is"),
    );
    await Promise.all([observed, cache.forget({ namespace: "default" })]);
    await cache.settled();
    await cache.forget({ namespace: "default" });
    expect(cache.stats()).toMatchObject({ exchanges: 0, templates: { live: 0, candidate: 0, retired: 0 } });
    expect(cache.printTree()).toBe("");
  });

  it("gives others their turn while it erases", async () => {
    const { cache } = setUp({ policy: "exact" });
    const many = 300;
    await Promise.all(
      Array.from({ length: many }, (_, index) => cache.observe(ask(`question ${index}`), says("yes"))),
    );
    let turns = 0;
    let isDone = false;
    const tick = (): void => {
      turns++;
      if (!isDone) setImmediate(tick);
    };
    setImmediate(tick);
    // A clock by which each look at it costs a millisecond.
    let now = performance.now();
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now++);
    expect(await cache.forget({ namespace: "default" })).toBe(many);
    clock.mockRestore();
    isDone = true;
    expect(turns).toBeGreaterThan(20);
    expect(cache.stats().exchanges).toBe(0);
  });

  it("starts evidence anew for what is learned again", async () => {
    const { cache } = setUp();
    for (const name of ["Erik", "Ann"]) await cache.observe(greet(name), says(`Hello ${name}!`));
    await cache.settled();
    expect((await cache.lookup(greet("Bob"))).status).toBe("hit");
    await cache.forget({ namespace: "default" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Bob")))).toBe("miss untrusted");
  });

  it.each([{}, { everything: true }, { tool: 5 }, { olderThan: -1 }])(
    "refuses the filter %j",
    async (filter) => {
      const { cache } = setUp();
      await expect(cache.forget(filter as never)).rejects.toMatchObject({ code: "BAD_FILTER" });
    },
  );

  it("refuses on a closed cache", async () => {
    const { cache } = setUp();
    await cache.close();
    await expect(cache.forget({ namespace: "default" })).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("time and bounds", () => {
  it("a reply past its time is a miss once, and learned anew counts from then on", async () => {
    const { cache, clock, told } = setUp({ ttl: 1_000, policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    clock.now += 1_000;
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
    clock.now += 1;
    expect(short(await cache.lookup(greet("Erik")))).toBe("miss expired");
    expect(short(await cache.lookup(greet("Ann")))).toBe("miss expired");
    expect(heard(told, "evicted").every(({ why }) => why === "ttl")).toBe(true);
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
  });

  it("what is observed again after its time counts anew, even if nobody looked in between", async () => {
    const { cache, clock } = setUp({ ttl: 1_000, policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    clock.now += 1_500;
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    clock.now += 900;
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
    expect(hitOf(await cache.lookup(greet("Erik"))).age).toBe(900);
  });

  it("keeps at most so many entries: those used last", async () => {
    const { cache, told } = setUp({ maxEntries: 3, policy: "exact" });
    for (const text of ["a", "b", "c"]) await cache.observe(ask(text), says(text));
    await cache.lookup(ask("a"));
    await cache.observe(ask("d"), says("d"));
    expect(
      await Promise.all(["a", "b", "c", "d"].map(async (text) => (await cache.lookup(ask(text))).status)),
    ).toEqual(["hit", "miss", "hit", "hit"]);
    expect(heard(told, "evicted")).toEqual([{ count: 1, why: "bounds" }]);
    expect(cache.stats()).toMatchObject({ exchanges: 3, evicted: 1 });
  });

  it("keeps at most so much text, JSON included", async () => {
    for (const big of [says("x".repeat(20_000)), calls("t", { x: "x".repeat(20_000) })]) {
      const { cache } = setUp({ maxSize: 200_000, policy: "exact" });
      for (let index = 0; index < 30; index++) await cache.observe(ask(`q${index}`), big);
      expect(cache.stats().exchanges).toBeLessThan(11);
      expect((await cache.lookup(ask("q29"))).status).toBe("hit");
    }
  });

  it("what was proven wrong is still wrong when it went for want of room and is learned again, unless it was forgotten", async () => {
    const { cache } = setUp({ policy: "eager", maxEntries: 6 });
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 8; index++)
        await cache.observe(ask(`other ${index}`, { induce: false }), says(`${index}`));
    };
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
    await cache.observe(greet("Bob"), says("No."));
    await fill();
    expect(cache.stats().templates).toEqual({ live: 0, candidate: 0, retired: 0 });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(cache.stats().templates).toMatchObject({ live: 0, candidate: 0 });
    expect((await cache.lookup(greet("Ann"))).status).toBe("miss");
    await cache.forget({ namespace: "default" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
  });

  it("tells what it keeps in memory by name, and what all of it together may be", async () => {
    const { cache } = setUp({ maxEntries: 7, maxSize: 1_000_000 });
    for (const name of ["Erik", "Ann", "Bob"]) await cache.observe(greet(name), calls("greet", { name }));
    await cache.lookup(greet("Erik"));
    await cache.settled();
    const { memory } = cache.stats();
    expect(memory.entries).toMatchObject({ maxEntries: 7, maxBytes: 1_000_000 });
    expect(memory.answers).toMatchObject({ entries: 1, maxEntries: 10_000, maxBytes: 62_500 });
    for (const name of ["arguments", "wordings", "evidence", "conversations", "scopeKeys"]) {
      expect([name, memory[name]?.bytes ?? 0]).toEqual([
        name,
        expect.toSatisfy((bytes: number) => bytes > 0),
      ]);
    }
    expect(memory.queue).toMatchObject({ entries: 0, bytes: 0, maxEntries: 1_000 });
    await cache.forget({ namespace: "default" });
    await cache.settled();
    const left = cache.stats().memory;
    expect([
      left.entries?.entries,
      left.arguments?.bytes,
      left.wordings?.bytes,
      left.evidence?.bytes,
      left.conversations?.bytes,
    ]).toEqual([0, 0, 0, 0, 0]);
  });

  it("keeps nothing for scopes it was only asked about", async () => {
    const { cache } = setUp();
    for (let seed = 0; seed < 50; seed++) await cache.lookup(ask("hi", { seed }));
    expect(cache.printTree()).toBe("");
    const { knowledge } = cache as unknown as { knowledge: { scopes: Map<string, unknown> } };
    expect(knowledge.scopes.size).toBe(0);
    await cache.observe(ask("hi", { seed: 1 }), says("x"));
    await cache.forget({ namespace: "default" });
    expect(knowledge.scopes.size).toBe(0);
  });
});

describe("what may be replayed", () => {
  it("never: a tool's call is not served, neither exact nor by template", async () => {
    const { cache } = setUp({ policy: "eager", never: ["pay"] });
    const pay = (to: string): CacheRequest => ask(`Pay ${to}`, { bindings: { to } });
    await cache.observe(pay("Ann"), calls("pay", { to: "Ann" }));
    expect(short(await cache.lookup(pay("Ann")))).toBe("miss never");
    expect(short(await cache.lookup(pay("Bob")))).toBe("miss never");
    await cache.observe(ask("ask Ann"), calls("look", {}));
    expect((await cache.lookup(ask("ask Ann"))).status).toBe("hit");
  });

  it("guard: sees the reply and its values; saying no, throwing, or promising means a miss", async () => {
    const seen: unknown[] = [];
    let verdict: () => unknown = () => true;
    const { cache, told } = setUp({
      policy: "eager",
      guard: (reply, context) => {
        seen.push([reply.content, context.match, context.bindings]);
        (reply as { content: unknown }).content = "changed by the guard";
        return verdict() as boolean;
      },
    });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
    expect(short(await cache.lookup(greet("Ann")))).toBe("template Hello Ann!");
    expect(seen).toEqual([
      ["Hello Erik!", "exact", {}],
      ["Hello Ann!", "template", { name: "Ann" }],
    ]);
    const verdicts: [() => unknown, string][] = [
      [() => undefined, "exact Hello Erik!"],
      [() => false, "miss guarded"],
      [() => Promise.resolve(true), "miss guarded"],
      [() => Promise.reject(new Error("no")), "miss guarded"],
      [() => 0, "miss guarded"],
    ];
    for (const [next, outcome] of verdicts) {
      verdict = next;
      expect(short(await cache.lookup(greet("Erik")))).toBe(outcome);
    }
    // A guard that promises is a mistake, and told as one.
    expect(heard(told, "fault")).toEqual(Array(2).fill({ where: "guard", error: "TypeError" }));
    verdict = () => {
      throw new RangeError("secret");
    };
    expect(short(await cache.lookup(greet("Ann")))).toBe("miss guarded");
    expect(heard(told, "fault")).toContainEqual({ where: "guard", error: "RangeError" });
  });

  it.each([
    ["length", says("cut o")],
    ["content_filter", says("")],
    ["error", says("boom")],
    ["unknown", says("x")],
  ])("is never kept when the model stopped for %s", async (finishReason, reply) => {
    const { cache, told } = setUp();
    await cache.observe(ask("hi"), reply, { finishReason });
    expect(short(await cache.lookup(ask("hi")))).toBe("miss unseen");
    expect(heard(told, "observed")).toEqual([{ recorded: false, refusal: "finish-reason" }]);
  });

  it.each([
    ["empty", says("")],
    ["empty", says("  \n")],
    ["empty", { role: "assistant" }],
    ["empty", { role: "assistant", content: null, reasoning_content: "thinking" }],
    ["finish-reason", { ...says("x"), refusal: "I will not" }],
    ["invalid-arguments", calls("t", "{broken")],
    ["invalid", calls("t", '{"a":1,"a":2}')],
    [
      "invalid",
      {
        role: "assistant",
        content: [
          { type: "file", data: new Uint8Array([1]) },
          { type: "text", text: "x" },
        ],
      },
    ],
    [
      "invalid",
      {
        role: "assistant",
        content: [
          { type: "file", data: new Blob(["a"]) },
          { type: "text", text: "x" },
        ],
      },
    ],
    ["invalid", { ...says("x"), extra: 1n }],
    ["empty", null],
  ])("refuses as %s what is no reply (case %#)", async (refusal, reply) => {
    const { cache, told } = setUp();
    await cache.observe(ask("hi"), reply as never);
    expect(heard(told, "observed")).toEqual([{ recorded: false, refusal }]);
    expect(cache.stats()).toMatchObject({ observed: 0, refused: { [refusal]: 1 }, exchanges: 0 });
  });

  it.each(["stop", "tool_calls", "tool-calls", "end_turn", undefined])(
    "keeps what ended with %s",
    async (finishReason) => {
      const { cache } = setUp();
      await cache.observe(ask("hi"), says("x"), { finishReason });
      expect((await cache.lookup(ask("hi"))).status).toBe("hit");
    },
  );
});

describe("what the cache tells", () => {
  it("counts lookups, hits, misses, bypasses, what was saved and what was refused", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.lookup(ask("hi"));
    await cache.observe(greet("Erik"), says("Hello Erik!"), { usage: { inputTokens: 10, outputTokens: 2 } });
    await cache.lookup(greet("Erik"));
    await cache.lookup(greet("Ann"));
    await cache.lookup(ask("hi", { read: false }));
    expect(cache.stats()).toMatchObject({
      lookups: 4,
      hits: { exact: 1, template: 1 },
      misses: { unseen: 1 },
      bypasses: { "read-off": 1 },
      saved: { inputTokens: 20, outputTokens: 4 },
      observed: 1,
      faults: {},
      exchanges: 1,
      queue: { waiting: 0, dropped: 0 },
    });
  });

  it("survives listeners that throw or reject, tells of them as faults, and stops telling who has left", async () => {
    const { cache } = setUp();
    let count = 0;
    const listener = (): void => void count++;
    cache.on("miss", () => {
      throw new TypeError("secret");
    });
    cache.on("miss", async () => {
      throw new SyntaxError("secret");
    });
    cache.on("fault", () => {
      throw new Error("again");
    });
    cache.on("miss", listener);
    const told = record(cache);
    expect((await cache.lookup(ask("hi"))).status).toBe("miss");
    cache.off("miss", listener);
    await cache.lookup(ask("hi"));
    expect(count).toBe(1);
    expect(heard(told, "fault").map((fault) => "error" in fault && fault.error)).toEqual(
      expect.arrayContaining(["TypeError", "SyntaxError"]),
    );
    expect(cache.stats().faults.listener).toBeGreaterThanOrEqual(6);
  });

  it("prints nothing, however many listen", async () => {
    const warnings: unknown[] = [];
    const warned = (warning: unknown): void => void warnings.push(warning);
    process.on("warning", warned);
    const { cache } = setUp();
    for (let index = 0; index < 30; index++) cache.on("hit", () => {});
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warnings).toEqual([]);
  });

  it("explains each step, each template, and what is missing", async () => {
    const { cache } = setUp();
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    const explanation = cache.explain(greet("Ann"));
    expect(explanation).toMatchObject({ outcome: "miss", reason: "untrusted", depth: 1 });
    expect(explanation.steps).toMatchObject([{ message: "user: Say hello to Ann.", refusals: [] }]);
    expect(explanation.templates).toContainEqual(
      expect.objectContaining({
        standing: "candidate",
        turns: ["user: Say hello to {{name:words}}."],
        reply: "assistant: Hello {{name}}!",
        says: "assistant: Hello Ann!",
        agreements: 1,
        missingAgreements: 1,
      }),
    );
    expect(cache.explain(greet("Erik"))).toMatchObject({ outcome: "hit", match: "exact" });
    expect(cache.explain(ask("Say hello to a\nb.")).steps[0]?.refusals).toContain("domain");
    expect(cache.stats().lookups).toBe(0);
  });

  it("refuses to explain what is no conversation, by code", () => {
    const { cache } = setUp();
    let thrown: unknown;
    try {
      cache.explain({ messages: "hi" } as never);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as RepriseError).code).toBe("BAD_REQUEST");
  });

  it("draws the tree", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(ask("hi\nthere", { induce: false }), says("hello"));
    await cache.observe(
      { messages: [user("hi\nthere"), says("hello"), user("bye")], induce: false },
      calls("leave", { now: true }),
    );
    expect(cache.printTree().replace(/scope \S+/, "scope …")).toBe(
      [
        "scope …",
        "└─ user: hi\\nthere",
        "   ├─ ⇒ assistant: hello  (seen)",
        "   └─ assistant: hello",
        "      └─ user: bye",
        "         └─ ⇒ assistant: leave(now=true)  (seen)",
      ].join("\n"),
    );
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(cache.printTree()).toMatch(
      /user: Say hello to \{\{name:words\}\}\.\n\W*⇒ assistant: Hello \{\{name\}\}! {2}\(live, bound, 1 agreed\)/,
    );
  });
});

describe("what is no request", () => {
  it.each([
    [{ messages: "hi" }],
    [{ messages: [] }],
    [{ messages: [null] }],
    [{ messages: ["hi"] }],
    [{ messages: [{ content: "hi" }] }],
    [{ messages: [{ role: "user", content: 5 }] }],
    [{ messages: [{ role: "user", content: [null] }] }],
    [{ messages: [{ role: "user", content: [{ text: "x" }] }] }],
    [{ messages: [{ role: "assistant", tool_calls: {} }] }],
    [{ messages: [{ role: "assistant", tool_calls: [null] }] }],
    [{ messages: [{ role: "assistant", tool_calls: [{ function: { name: "t", arguments: {} } }] }] }],
    [{ messages: [user("x")], bindings: { a: {} } }],
    [{ messages: [user("x")], bindings: ["a"] }],
    [{ messages: [user("x")], bindings: "a" }],
    [
      {
        messages: [user("x")],
        bindings: Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`v${index}`, "y"])),
      },
    ],
    [{ messages: [user("x")], settings: new Blob(["a"]) }],
  ])("bypasses %j as invalid, keeps nothing of it, and counts it", async (request) => {
    const { cache, told } = setUp();
    for (const content of ["x", null])
      await cache.observe({ messages: [{ role: "assistant", content }, user("x")] }, says("x"));
    expect(short(await cache.lookup(request as never))).toBe("bypass invalid");
    await cache.observe(request as never, says("y"));
    expect(heard(told, "observed").at(-1)).toEqual({ recorded: false, refusal: "invalid" });
    expect(cache.stats()).toMatchObject({ bypasses: { invalid: 1 }, faults: {} });
  });

  it("never rejects, whatever it is given", async () => {
    const { cache } = setUp();
    for (const request of [
      null,
      undefined,
      5,
      {},
      {
        get messages() {
          throw new Error("no");
        },
      },
    ]) {
      expect((await cache.lookup(request as never)).status).toBe("bypass");
      await cache.observe(request as never, says("x"));
    }
    await cache.observe(ask("x"), says("x"), null as never);
    expect(cache.stats().exchanges).toBe(0);
    expect(cache.stats().faults).toMatchObject({ lookup: expect.any(Number), observe: expect.any(Number) });
  });

  it("survives a clock, ids or functions of the user's that throw", async () => {
    const { cache } = setUp({
      generateId: () => {
        throw new Error("no ids");
      },
    });
    await cache.observe(ask("x"), calls("t", {}));
    expect(short(await cache.lookup(ask("x")))).toBe("bypass fault");
    const broken = createCache({
      now: () => {
        throw new Error("no time");
      },
    });
    await broken.observe(ask("x"), says("x"));
    expect((await broken.lookup(ask("x"))).status).not.toBe("hit");
    expect(broken.stats().faults).toMatchObject({ observe: 1 });
  });
});

describe("learning in the background", () => {
  it("sheds the oldest work when there is too much, counts it, and tells", async () => {
    const { cache, told } = setUp({ maxQueue: 2 });
    await Promise.all(
      ["Erik", "Ann", "Bob", "Zoe"].map((name) => cache.observe(greet(name), says(`Hello ${name}!`))),
    );
    await cache.settled();
    expect(cache.stats()).toMatchObject({
      exchanges: 4,
      queue: { waiting: 0, dropped: 2 },
      faults: { queue: 2 },
    });
    expect(heard(told, "fault")).toEqual([
      { where: "queue", dropped: 1 },
      { where: "queue", dropped: 1 },
    ]);
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
  });

  it("fails alone: the exact exchange stays, the next one is learned from, and a fault tells", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    const { keeper } = cache as unknown as { keeper: { keep: unknown } };
    const { keep } = keeper;
    keeper.keep = () => {
      throw new TypeError("secret");
    };
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    expect(heard(told, "fault")).toContainEqual({ where: "induction", error: "TypeError" });
    expect(short(await cache.lookup(greet("Erik")))).toBe("exact Hello Erik!");
    keeper.keep = keep;
    await cache.observe(greet("Ann"), says("Hello Ann!"));
    expect(short(await cache.lookup(greet("Bob")))).toBe("template Hello Bob!");
  });

  it("learns nothing from an exchange that was called bad while it waited", async () => {
    const { cache } = setUp({ policy: "eager" });
    const observed = cache.observe(greet("Erik"), says("Hello Erik!"));
    await cache.feedback(hitOf(await cache.lookup(greet("Erik"))).id, "bad");
    await observed;
    await cache.settled();
    expect(cache.stats()).toMatchObject({ exchanges: 0, templates: { live: 0, candidate: 0, retired: 0 } });
  });

  it("keeps at least the last ten thousand answers open to feedback, and not all for ever", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), says("hello"));
    const first = hitOf(await cache.lookup(ask("hi")));
    for (let index = 0; index < 9_999; index++) await cache.lookup(ask("hi"));
    expect(await cache.feedback(first.id, "good")).toBe(true);
    for (let index = 0; index < 10_001; index++) await cache.lookup(ask("hi"));
    expect(await cache.feedback(first.id, "good")).toBe(false);
  });

  it("takes the same word against a template once", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    await cache.observe(greet("Erik"), says("Hello Erik!"));
    const { id, template } = hitOf(await cache.lookup(greet("Ann")));
    expect([await cache.feedback(id, "bad"), await cache.feedback(id, "bad")]).toEqual([true, true]);
    expect(heard(told, "retired").filter((each) => each.template === template)).toHaveLength(1);
  });
});

describe("closing", () => {
  it("finishes what waits, then stands aside", async () => {
    const { cache, told } = setUp({ policy: "eager" });
    void cache.observe(ask("x", { bindings: { a: "x" } }), says("x!"));
    await cache.close();
    await cache.close();
    expect(short(await cache.lookup(ask("x")))).toBe("bypass closed");
    await cache.observe(ask("y"), says("y"));
    expect(heard(told, "observed").at(-1)).toEqual({ recorded: false, refusal: "closed" });
    expect(cache.stats().queue.waiting).toBe(0);
  });
});

describe("a reply that is no message", () => {
  it.each([
    ["hello"],
    [["hello"]],
    [42],
    [{ id: "c", object: "chat.completion", choices: [{ message: says("x") }] }],
    [user("hello")],
  ])("is refused as invalid: %j", async (reply) => {
    const { cache, told } = setUp();
    await cache.observe(ask("hi"), reply as never);
    expect(heard(told, "observed")).toEqual([{ recorded: false, refusal: "invalid" }]);
    expect(short(await cache.lookup(ask("hi")))).toBe("miss unseen");
  });
});

describe("a reply that was asked for anew", () => {
  const again = { ...ask("hi"), read: false };

  it("takes the place of the recorded one", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), says("one"));
    await cache.observe(again, says("two"));
    expect(hitOf(await cache.lookup(ask("hi"))).reply.content).toBe("two");
    await cache.observe(again, says("two"));
    expect(hitOf(await cache.lookup(ask("hi"))).reply.content).toBe("two");
    expect(cache.stats().exchanges).toBe(1);
  });

  it("ends what made a conversation volatile; two that nobody asked to refresh stay so", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), says("one"));
    await cache.observe(ask("hi"), says("two"));
    expect(short(await cache.lookup(ask("hi")))).toBe("miss volatile");
    await cache.observe(again, says("three"));
    expect(hitOf(await cache.lookup(ask("hi"))).reply.content).toBe("three");
  });

  it("keeps nothing with write: false", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), says("one"));
    await cache.observe({ ...again, write: false }, says("two"));
    expect(hitOf(await cache.lookup(ask("hi"))).reply.content).toBe("one");
  });

  it("takes its place in the store too", async () => {
    const store = new Keyv();
    const { cache } = setUp({ store });
    await cache.observe(ask("hi"), says("one"));
    await cache.observe(again, says("two"));
    await cache.close();
    const { cache: next } = setUp({ store });
    expect(hitOf(await next.lookup(ask("hi"))).reply.content).toBe("two");
  });
});

describe("feedback on a reply of the model", () => {
  it("erases the exchange it was observed as, and ends templates that say the same", async () => {
    const { cache } = setUp({ policy: "eager" });
    await cache.observe(ask("greet Erik", { bindings: { name: "Erik" } }), says("Go away, Erik"), {
      answer: "mine",
    });
    expect(short(await cache.lookup(ask("greet Ann")))).toBe("template Go away, Ann");
    expect(await cache.feedback("mine", "bad")).toBe(true);
    expect((await cache.lookup(ask("greet Erik"))).status).toBe("miss");
    expect((await cache.lookup(ask("greet Ann"))).status).toBe("miss");
  });
});

describe("notes on a reply", () => {
  it("come back with every hit that goes back to it, over a restart too, and can be changed by nobody", async () => {
    const store = new Keyv();
    const { cache } = setUp({ policy: "eager", store });
    const notes = { provider: "p", list: [1] };
    await cache.observe(ask("greet Erik", { bindings: { name: "Erik" } }), says("Hello Erik"), { notes });
    const hit = hitOf(await cache.lookup(ask("greet Ann")));
    expect(hit.notes).toEqual(notes);
    (hit.notes as typeof notes).list.push(2);
    expect(hitOf(await cache.lookup(ask("greet Erik"))).notes).toEqual(notes);
    await cache.close();
    const { cache: next } = setUp({ policy: "eager", store });
    expect(hitOf(await next.lookup(ask("greet Erik"))).notes).toEqual(notes);
  });

  it("are left out when they are large, or no JSON", async () => {
    const { cache } = setUp();
    await cache.observe(ask("a"), says("x"), { notes: { text: "x".repeat(5_000) } });
    await cache.observe(ask("b"), says("x"), { notes: { big: 1n } });
    for (const of of ["a", "b"]) expect(hitOf(await cache.lookup(ask(of))).notes).toBeUndefined();
  });
});

describe("what an adapter adds to a lookup", () => {
  it.each(["format", "foreign"] as const)(
    "a hit that it cannot serve is a miss (%s), and no hit",
    async (why) => {
      const { cache, told } = setUp();
      await cache.observe(ask("hi"), says("x"));
      expect(short(await cache.lookup(ask("hi"), { accept: () => why }))).toBe(`miss ${why}`);
      expect(heard(told, "hit")).toEqual([]);
      expect(cache.stats()).toMatchObject({ hits: { exact: 0 }, misses: { [why]: 1 } });
    },
  );

  it("sees the hit, and one that throws bypasses", async () => {
    const { cache } = setUp();
    await cache.observe(ask("hi"), says("x"));
    let seen: unknown;
    await cache.lookup(ask("hi"), {
      accept: (hit) => {
        seen = hit.reply.content;
        return undefined;
      },
    });
    expect(seen).toBe("x");
    const accept = (): never => {
      throw new Error("broken");
    };
    expect(short(await cache.lookup(ask("hi"), { accept }))).toBe("bypass fault");
  });

  it("reports reach events and stats", () => {
    const { cache, told } = setUp();
    cache.report({ bypass: "server-state", model: "m" });
    cache.report({ refusal: "provider-side" });
    cache.report({ compared: "agreed" });
    cache.report({ compared: "differed" });
    cache.report({ fault: new TypeError("with content") });
    expect(heard(told, "bypass")).toEqual([
      { reason: "server-state", model: "m", scope: undefined, took: 0 },
    ]);
    expect(heard(told, "observed")).toEqual([{ recorded: false, refusal: "provider-side" }]);
    expect(heard(told, "fault")).toEqual([{ where: "adapter", error: "TypeError" }]);
    expect(cache.stats()).toMatchObject({
      bypasses: { "server-state": 1 },
      refused: { "provider-side": 1 },
      shadow: { agreed: 1, differed: 1 },
      faults: { adapter: 1 },
    });
  });

  it("events tell the model, the scope's digest and how long it took; stats tell shares", async () => {
    const { cache, told } = setUp();
    const request = { ...ask("hi"), model: "m" };
    await cache.lookup(request);
    await cache.observe(request, says("x"));
    await cache.lookup(request);
    await cache.lookup({ ...request, model: "n" });
    await cache.lookup({ ...request, read: false });
    const events = [...heard(told, "miss"), ...heard(told, "hit")] as {
      model: string;
      scope: string;
      took: number;
    }[];
    expect(events.map(({ model }) => model)).toEqual(["m", "n", "m"]);
    expect(events[0]?.scope).toBe(events[2]?.scope);
    expect(events[0]?.scope).not.toBe(events[1]?.scope);
    for (const { took } of events) expect(took).toBeGreaterThanOrEqual(0);
    expect(cache.stats().rates).toEqual({ hit: 0.25, miss: 0.5, bypass: 0.25 });
  });
});
