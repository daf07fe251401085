import fc from "fast-check";
import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { importLines, linesOf } from "../../src/cache/archive.js";
import { type Cache, type CacheOptions, createCache } from "../../src/index.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import { ask, calls, says, setUp, short } from "../support/cache.js";
import { learntOf, templateOf } from "../support/turns.js";

async function exported(cache: Cache): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of cache.export()) lines.push(line);
  return lines;
}

const fixed: CacheOptions = { policy: "verified", now: () => 1_700_000_000_000 };

/** A cache that knows exchanges, templates with evidence, and calls. */
async function wise(options: CacheOptions = {}): Promise<Cache> {
  const { cache } = setUp({ ...fixed, ...options });
  for (const name of ["Erik", "Ann", "Bea"]) {
    await cache.observe(ask(`Say hello to ${name}.`, { bindings: { name } }), says(`Hello ${name}!`));
    await cache.observe(
      ask(`Invite ${name} to the party`),
      calls("invite", { guest: name, tags: ["a", 1.5] }),
    );
  }
  await cache.settled();
  return cache;
}

describe("an export", () => {
  it("is the same for the same knowledge, however that came about, and reads as what it is", async () => {
    const lines = await exported(await wise());
    expect(await exported(await wise())).toEqual(lines);
    expect(JSON.parse(lines[0] ?? "")).toEqual({ format: "reprise", version: 1, namespace: "default" });
    expect(lines.every((line) => line.endsWith("\n") && line.split("\n").length === 2)).toBe(true);
    const read = lines.slice(1).flatMap((line) => (JSON.parse(line) as { read?: string[] }).read ?? []);
    expect(read).toContain("user: Say hello to {{name:words}}.");
    expect(read).toContain("⇒ assistant: Hello {{name}}!");
  });

  it("gives, taken in elsewhere, the same replies, the same standing, and the same export", async () => {
    // biome-ignore format: one line
    const known = fc.array(fc.tuple(fc.constantFrom("Say hello to", "Write to", "Ask"), fc.constantFrom("Erik", "Ann", "Bea", "Carl")), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(known, async (pairs) => {
        // What induction makes of a scope's arguments is gathered anew from what was taken in, as after a
        // restart.
        const plain = { ...fixed, induction: false };
        const { cache } = setUp(plain);
        for (const [words, name] of pairs)
          await cache.observe(ask(`${words} ${name}.`, { bindings: { name } }), says(`${words}: ${name}`));
        const lines = await exported(cache);
        const { cache: next } = setUp(plain);
        const report = await next.import(lines);
        expect(report.refused).toEqual([]);
        expect(await exported(next)).toEqual(lines);
        for (const words of ["Say hello to", "Write to", "Ask"])
          for (const name of ["Erik", "Bob"])
            expect(short(await next.lookup(ask(`${words} ${name}.`)))).toBe(
              short(await cache.lookup(ask(`${words} ${name}.`))),
            );
        expect(next.stats().templates).toEqual(cache.stats().templates);
      }),
      { numRuns: 25 },
    );
  });

  it("moves from one store to another, in pieces of any size", async () => {
    const text = (await exported(await wise())).join("");
    const bytes = new TextEncoder().encode(text);
    async function* pieces(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 997) yield bytes.slice(at, at + 997);
    }
    const store = new Keyv();
    const seeded = createCache({ store, pollInterval: 0 });
    expect((await seeded.import(pieces())).refused).toEqual([]);
    await seeded.close();
    const next = createCache({ store, pollInterval: 0 });
    expect(short(await next.lookup(ask("Say hello to Bob.")))).toBe("template Hello Bob!");
    expect(short(await next.lookup(ask("Invite Ann to the party")))).toContain("exact invite");
  });
});

describe("an import", () => {
  it("names each line that it does not believe, and loses nothing else", async () => {
    const lines = await exported(await wise());
    const template = lines.findIndex((line) => line.includes("Say hello to {{name"));
    const spoilt = (change: (line: string) => string): string[] =>
      lines.map((line, index) => (index === template ? change(line) : line));
    for (const [change, reason] of [
      [() => "no json\n", "not-json"],
      [() => '{"hello":"world"}\n', "not-a-record"],
      [
        (line: string) => line.replace("⇒ assistant: Hello {{name}}!", "⇒ assistant: Hello {{name}}?"),
        "read-differs",
      ],
      [(line: string) => line.replace('[\\"Hello \\"', '[\\"Bye \\"'), "damaged"],
      [(line: string) => line.replace('"id":"', '"id":"0'), "not-a-record"],
      [() => `"${"x".repeat(2_000_000)}"\n`, "too-long"],
    ] as const) {
      const { cache } = setUp(fixed);
      const report = await cache.import(spoilt(change));
      expect(report.refused).toEqual([{ line: template + 1, reason }]);
      expect(await exported(cache)).toEqual(lines.filter((_, index) => index !== template));
    }
  });

  it("takes nothing of another format, a later version or another namespace", async () => {
    const lines = await exported(await wise());
    for (const first of [
      '{"format":"other"}\n',
      '{"format":"reprise","version":2,"namespace":"default"}\n',
      '{"format":"reprise","version":1,"namespace":"x"}\n',
    ]) {
      const { cache } = setUp(fixed);
      expect(await cache.import([first, ...lines.slice(1)])).toEqual({
        entries: 0,
        refused: [{ line: 1, reason: "header" }],
      });
    }
  });

  it("does not bring back what was forgotten", async () => {
    const cache = await wise({ store: new Keyv() });
    const lines = await exported(cache);
    await cache.forget({ namespace: "default" });
    const { entries, refused } = await cache.import(lines);
    expect(entries).toBe(0);
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(["erased"]));
  });

  it("does not bring back what was said of a template that was forgotten, and of others it does", async () => {
    const store = new Map<string, unknown>();
    const cache = await wise({ store: new Keyv({ store }) });
    const [one, other] = cache.templates().map(({ id }) => id);
    for (const id of [one, other]) await cache.approve(id ?? "", { author: "Ann", reason: `seen: ${id}` });
    const lines = await exported(cache);
    await cache.forget({ template: one ?? "" });
    const { refused } = await cache.import(lines);
    const named = refused.map(({ line, reason }) => `${reason}: ${lines[line - 1]}`);
    expect(named.filter((line) => /^erased: .*"kind":"(template|review)"/.test(line)).length).toBe(2);
    const after = (await exported(cache)).join("");
    expect([after.includes(`seen: ${one}`), after.includes(`seen: ${other}`)]).toEqual([false, true]);
    expect(JSON.stringify([...store])).not.toContain(`seen: ${one}`);
  });

  it("believes what speaks of an erased template and of another alike", async () => {
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 100_000 });
    const [erased, left] = ["hi {{x:integer}}", "hi {{x:words}}"].map((notation) =>
      learntOf(templateOf(notation)),
    );
    if (!erased || !left) throw new Error("two templates");
    expect(erased.skeleton).toBe(left.skeleton);
    for (const learnt of [erased, left]) knowledge.add(learnt);
    knowledge.agree(left.skeleton, "right");
    knowledge.contradict(erased.id, "wrong");
    const told: string[] = [];
    await importLines(linesOf(knowledge, "n"), "n", {
      admit: ({ id }) => id !== erased.id,
      believe: ({ id }) => void told.push(id),
    });
    expect(told).toEqual([left.skeleton]);
  });
});
