import { describe, expect, it } from "vitest";
import { chat, PEOPLE, task, teach } from "../support/agent.js";
import { ask, calls, hitOf, says, setUp } from "../support/cache.js";

const find = (name: string) => task(`Find ${name} in the list`, calls("find", { name }));

describe("the templates, for people", () => {
  it("are listed with what speaks for them, those served most first, and can be narrowed down", async () => {
    const { cache } = setUp();
    await teach(cache, PEOPLE.slice(0, 5).map(find));
    await teach(cache, [
      chat("Say hello to Ann Marsh", "Hello Ann Marsh!"),
      chat("Say hello to Raj", "Hello Raj!"),
    ]);
    for (const name of ["Hugo Weber", "Mia Rossi"]) await cache.lookup(ask(`Find ${name} in the list`));
    const all = cache.templates();
    expect(all[0]).toMatchObject({
      standing: "live",
      origin: "induced",
      reply: expect.stringContaining("find(name={{"),
      tools: ["find"],
      continuation: false,
      contradictions: 0,
      served: 2,
      lastServedAt: 1_700_000_000_000,
    });
    expect(all[0]?.agreements).toBeGreaterThanOrEqual(2);
    expect(cache.templates({ limit: 1 })).toEqual(all.slice(0, 1));
    expect(cache.templates({ limit: 1, offset: 1 })).toEqual(all.slice(1, 2));
    expect(cache.templates({ text: "HELLO" }).length).toBeGreaterThan(0);
    expect(cache.templates({ text: "HELLO", tool: "find" })).toEqual([]);
    expect(cache.templates({ standing: "live" }).every(({ standing }) => standing === "live")).toBe(true);
    expect(cache.templates({ scope: "nowhere" })).toEqual([]);
    expect(() => cache.templates({ standing: "dead" as never })).toThrow(/"standing"/);
  });

  it("are shown one by one with slots, derivations, examples, hits, and what is missing", async () => {
    const { cache } = setUp();
    await teach(cache, [find("Nora Lund")]);
    const [{ id } = { id: "" }] = cache.templates();
    const details = cache.template(id);
    expect(details).toMatchObject({
      id,
      standing: "candidate",
      slots: [{ turn: 0, values: ["Nora Lund"] }],
      derivations: [{ place: "find.name" }],
      examples: [{ turns: ["user: Find Nora Lund in the list"], reply: 'assistant: find(name="Nora Lund")' }],
      contradicted: [],
      hits: [],
    });
    expect(details?.missingAgreements).toBeGreaterThan(0);
    expect(details?.doubt).toBeGreaterThan(0.01);
    expect(cache.template(id.slice(0, 8))?.id).toBe(id);
    expect([cache.template(id.slice(0, 5)), cache.template("nothing")]).toEqual([undefined, undefined]);
  });

  it("show their last answers, and what has contradicted them", async () => {
    const { cache } = setUp({ policy: "eager" });
    await teach(cache, [find("Nora Lund")]);
    const hit = hitOf(await cache.lookup(ask("Find Omar Haddad in the list")));
    expect(cache.template(hit.template)?.hits).toEqual([
      { id: hit.id, at: 1_700_000_000_000, message: "user: Find Omar Haddad in the list" },
    ]);
    await cache.observe(ask("Find Omar Haddad in the list"), says("There is no such person."));
    await cache.settled();
    expect(cache.template(hit.template)).toMatchObject({
      standing: "retired",
      contradicted: [
        { turns: ["user: Find Omar Haddad in the list"], reply: "assistant: There is no such person." },
      ],
    });
  });

  it("hold nothing of what was erased", async () => {
    const { cache } = setUp({ policy: "eager" });
    await teach(cache, [find("Nora Lund")]);
    await cache.lookup(ask("Find Omar Haddad in the list"));
    await cache.forget({ tool: "find" });
    expect(cache.templates()).toEqual([]);
    expect(JSON.stringify(cache.stats().memory)).not.toContain("Omar");
  });
});
