import { describe, expect, it } from "vitest";
import { verdictOn } from "../../src/trust/verdict.js";
import { ask, calls, heard, setUp } from "../support/cache.js";
import { call, predictionIn, taught } from "../support/taught.js";

const PEOPLE = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo"];
const question = (name: string) => ask(`Please look up ${name} in the register`);

describe("the verdict on a template", () => {
  it("is one for lookups, explain, stats, printTree and the event promoted", async () => {
    const { cache, told } = setUp();
    const seen = new Set<boolean>();
    for (const [at, name] of PEOPLE.entries()) {
      await cache.observe(question(name), calls("find_person", { name }), { finishReason: "tool_calls" });
      await cache.settled();
      const next = question(PEOPLE[(at + 1) % PEOPLE.length] as string);
      if (at === PEOPLE.length - 1) break;
      const explained = cache.explain(next);
      const isLive = explained.templates.some(({ standing }) => standing === "live");
      seen.add(isLive);
      expect((await cache.lookup(next)).status).toBe(isLive ? "hit" : "miss");
      expect(cache.stats().templates.live > 0).toBe(isLive);
      expect(cache.printTree().includes("(live,")).toBe(isLive);
      if (isLive) expect(heard(told, "promoted").length).toBeGreaterThan(0);
    }
    expect([...seen]).toEqual([false, true]);
    const promoted = heard(told, "promoted").map(({ template }) => template);
    expect(new Set(promoted).size).toBe(promoted.length);
    await cache.close();
  });

  it("is told once where a template is retired, however often it was wrong", async () => {
    const { cache, told } = setUp();
    for (const name of PEOPLE.slice(0, 6))
      await cache.observe(question(name), calls("find_person", { name }), { finishReason: "tool_calls" });
    for (const name of PEOPLE.slice(6))
      await cache.observe(question(name), calls("find_group", { of: name }), { finishReason: "tool_calls" });
    await cache.settled();
    const retired = heard(told, "retired").map(({ template }) => template);
    expect(retired.length).toBeGreaterThan(0);
    expect(new Set(retired).size).toBe(retired.length);
    await cache.close();
  });

  it("on a candidate says what is missing: so many agreements, or why none are enough", async () => {
    const { cache } = setUp();
    let before = Number.POSITIVE_INFINITY;
    for (const name of PEOPLE) {
      const { templates } = cache.explain(question(name));
      for (const { standing, doubt, missingAgreements, doubts } of templates) {
        if (standing === "live") {
          expect({ missingAgreements, doubts }).toEqual({ missingAgreements: 0, doubts: [] });
          expect(doubt).toBeLessThanOrEqual(0.01);
        } else expect(missingAgreements !== undefined ? missingAgreements > 0 : doubts.length > 0).toBe(true);
      }
      const least = Math.min(
        ...templates.map(({ missingAgreements }) => missingAgreements ?? Number.POSITIVE_INFINITY),
      );
      expect(least).toBeLessThanOrEqual(before);
      before = least;
      await cache.observe(question(name), calls("find_person", { name }), { finishReason: "tool_calls" });
      await cache.settled();
    }
    expect(before).toBe(0);
    await cache.close();
  });

  it("names what running text stands against", async () => {
    const { cache } = setUp();
    const request = (id: number, body: string) => ({
      messages: [
        { role: "user" as const, content: `What does mail ${id} say?` },
        calls("read_mail", { id }),
        { role: "tool" as const, tool_call_id: "call_1", content: JSON.stringify({ id, body }) },
      ],
    });
    for (const id of [31, 32, 33, 34])
      await cache.observe(
        request(id, `A letter about the ${id} new chairs in the hall.`),
        calls("mark_seen", { id }),
        {
          finishReason: "tool_calls",
        },
      );
    await cache.settled();
    const { templates } = cache.explain(
      request(57, "Somebody has written about something else entirely, twice."),
    );
    expect(templates.length).toBeGreaterThan(0);
    expect(templates.map(({ doubts }) => doubts[0])).toContainEqual(
      expect.stringMatching(/after running text/),
    );
    for (const { missingAgreements } of templates) expect(missingAgreements).toBeUndefined();
    await cache.close();
  });
});

describe("a first reply", () => {
  const eager = { policy: "eager", minAgreements: 2, maxErrorRate: 0.01 } as const;
  const standing = (question: string, reply: Parameters<typeof taught>[1], read: Record<string, string>) => {
    const { prediction, knowledge } = predictionIn(taught(question, reply), read);
    return verdictOn(prediction, knowledge, eager).standing;
  };

  it("is taken for right under eager where it takes something of the question, or leaves nothing of it aside", () => {
    expect(standing("Find {{name}} now", call("find", { name: "=name" }), { name: "Ann" })).toBe("live");
    expect(standing("Hello there", "Welcome!", {})).toBe("live");
    expect(standing("Hello {{n}}", "Welcome!", { n: "Ann" })).toBe("candidate");
    // What takes any question whatever takes this one by chance.
    expect(standing("{{asked}}", call("find", { name: "=asked" }), { asked: "Ann" })).toBe("candidate");
  });
});
