import Keyv from "keyv";
import { describe, expect, it } from "vitest";
import { createCache, type RepriseError } from "../../src/index.js";
import { teach } from "../support/agent.js";
import { ask, calls, heard, hitOf, result, said, setUp, short, user } from "../support/cache.js";

const ANN = { author: "Ann", reason: "seen in PR 12" };
const find = (name: string) => [[user(`Find ${name} in the list`)], calls("find", { name })] as const;

/** A cache that has seen one exchange, and its only template. */
async function once(options: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(options);
  await teach(all.cache, [find("Nora Lund")]);
  const [template] = all.cache.templates();
  if (!template) throw new Error("nothing was learned");
  return { ...all, id: template.id, template };
}
const asked = ask("Find Omar Haddad in the list");

describe("a review", () => {
  it("serves a candidate at once, and says who has approved it, wherever it is shown", async () => {
    const { cache, told, id, template } = await once();
    expect(template).toMatchObject({ standing: "candidate", agreements: 0, tools: ["find"] });
    expect(short(await cache.lookup(asked))).toBe("miss untrusted");
    expect(await cache.approve(id, ANN)).toBe(true);
    const hit = hitOf(await cache.lookup(asked));
    expect(hit).toMatchObject({ match: "template", template: id, approved: { verdict: "approve", ...ANN } });
    expect(hit.doubt).toBeLessThanOrEqual(0.01);
    expect(heard(told, "promoted")).toEqual([{ template: id }]);
    expect(cache.stats().templates).toEqual({ live: 1, candidate: 0, retired: 0 });
    expect(cache.templates()[0]).toMatchObject({ standing: "live", served: 1, approved: ANN });
    expect(cache.template(id)?.reviews).toMatchObject([ANN]);
    expect(cache.printTree()).toContain('approved by "Ann": "seen in PR 12"');
    expect(cache.explain(asked)).toMatchObject({
      sentence: expect.stringContaining("that Ann has approved"),
      templates: [{ standing: "live", review: ANN }],
    });
  });

  it("retires a template until it is approved again", async () => {
    const { cache, told, id } = await once({ policy: "eager" });
    expect(short(await cache.lookup(asked))).toContain("template find");
    await cache.retire(id, { author: "Ben", reason: "never without the year" });
    expect(short(await cache.lookup(asked))).toBe("miss unseen");
    expect(heard(told, "retired")).toEqual([{ template: id, by: "review" }]);
    expect(cache.explain(asked).sentence).toContain("Ben has retired it");
    await cache.approve(id, ANN);
    expect(short(await cache.lookup(asked))).toContain("template find");
    expect(cache.template(id)?.reviews.map(({ author }) => author)).toEqual(["Ann", "Ben"]);
  });

  it("excuses what spoke against a template before, and not what comes after", async () => {
    const { cache, id } = await once({ policy: "eager" });
    const answer = hitOf(await cache.lookup(asked));
    await cache.feedback(answer.id, "bad");
    expect(short(await cache.lookup(asked))).toBe("miss unseen");
    await cache.approve(id, ANN);
    const again = hitOf(await cache.lookup(asked));
    expect(again.template).toBe(id);
    await cache.feedback(again.id, "bad");
    expect(cache.templates()[0]).toMatchObject({ id, standing: "retired", contradictions: 2 });
    expect(short(await cache.lookup(asked))).toBe("miss unseen");
  });

  it("does not serve what changes something whatever the user has asked", async () => {
    const { cache } = setUp();
    const found = (question: string, email: string) => [
      user(question),
      said(calls("list_users", {}, "call_0")),
      result('{"count":2}', "call_0"),
      said(calls("find_user", { rank: 1 })),
      result(JSON.stringify({ email })),
    ];
    const people = ["ann@acme.com", "raj@hooli.com", "mia@stark.io"];
    for (const email of people)
      await cache.observe(
        { messages: found("Delete the first user", email) },
        calls("delete_user", { email }),
      );
    await cache.settled();
    for (const { id } of cache.templates()) await cache.approve(id, ANN);
    const continued = cache.templates().filter(({ continuation }) => continuation);
    expect(continued.map(({ standing, approved }) => [standing, approved])).toEqual([
      ["candidate", undefined],
    ]);
    expect(short(await cache.lookup({ messages: found("Who is the first user?", "zoe@wayne.io") }))).toMatch(
      /^miss/,
    );
  });

  it("is not of exact entries, nor of what is not known, and needs a reason and an author", async () => {
    const { cache, id } = await once();
    const exact = hitOf(await cache.lookup(ask("Find Nora Lund in the list"))).template;
    expect(await cache.approve(exact, ANN)).toBe(false);
    expect(await cache.retire("0".repeat(32), ANN)).toBe(false);
    for (const [details, says] of [
      [{ author: "Ann", reason: " " }, "approve needs a reason"],
      [{ author: "", reason: "x" }, "approve needs an author"],
      [{ reason: "x" }, "approve needs an author"],
      [{ ...ANN, more: 1 }, "and nothing else"],
      [{ author: "Ann", reason: "x".repeat(501) }, "at most 500"],
    ] as const)
      await expect(cache.approve(id, details as never)).rejects.toMatchObject({
        code: "BAD_REVIEW",
        message: expect.stringContaining(says),
      } satisfies Partial<RepriseError>);
    await cache.close();
    await expect(cache.approve(id, ANN)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("reaches other processes, and stays over a restart", async () => {
    const store = new Keyv();
    const { cache, id } = await once({ store });
    const other = createCache({ store, pollInterval: 5 });
    await other.settled();
    await cache.approve(id, ANN);
    await expect.poll(() => other.templates()[0]?.standing, { timeout: 10_000 }).toBe("live");
    await cache.close();
    await other.retire(id, { author: "Ben", reason: "no" });
    await other.close();
    const later = createCache({ store });
    await later.settled();
    expect(later.templates()[0]).toMatchObject({ id, standing: "retired" });
    expect(later.template(id)?.reviews).toMatchObject([{ author: "Ben" }, { author: "Ann" }]);
    await later.close();
  });

  it("goes with its template when that is forgotten, from the store too", async () => {
    const store = new Keyv();
    const { cache, id } = await once({ store });
    await cache.approve(id, { author: "Ann", reason: "canary-7261" });
    await cache.forget({ template: id });
    await cache.close();
    const later = createCache({ store });
    await later.settled();
    expect(later.templates()).toEqual([]);
    let lines = "";
    for await (const line of later.export()) lines += line;
    expect(lines).not.toContain("canary-7261");
    await later.close();
  });

  it("travels in an export, of templates alone too, and is read as lines", async () => {
    const { cache, id } = await once();
    await cache.approve(id, ANN);
    let lines = "";
    for await (const line of cache.export({ templates: true })) lines += line;
    const kinds = lines
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { kind?: string }).kind);
    expect(kinds).toEqual([undefined, "template", "review"]);
    expect(JSON.parse(lines.trim().split("\n")[2] as string)).toMatchObject({
      of: id,
      verdict: "approve",
      ...ANN,
    });
    const { cache: fresh } = setUp();
    expect(await fresh.import([lines])).toEqual({ entries: 1, refused: [] });
    expect(hitOf(await fresh.lookup(asked)).approved).toMatchObject(ANN);
  });

  it("ends what reads and says the same by another name, learned later", async () => {
    const { cache, id } = await once();
    await cache.retire(id, ANN);
    await teach(cache, ["Omar Haddad", "Zoe Clarke", "Tom Baker", "Ines Costa"].map(find));
    const alike = cache.templates().filter(({ turns }) => turns.at(-1)?.includes("Find {{"));
    expect(alike.length).toBeGreaterThan(1);
    expect(new Set(alike.map(({ standing }) => standing))).toEqual(new Set(["retired"]));
    expect(short(await cache.lookup(ask("Find Hugo Weber in the list")))).toBe("miss unseen");
  });
});
