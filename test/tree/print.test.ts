import Keyv from "keyv";
import { describe, expect, it } from "vitest";
import { createCache, type RepriseError } from "../../src/index.js";
import { ask, heard, result, says, setUp, user } from "../support/cache.js";

const drawn = (tree: string): string => tree.replace(/scope \S+/g, "scope …");

async function taught() {
  const { cache, told } = setUp({ policy: "eager", induction: false });
  await cache.observe(ask("hi", { induce: false, model: "a" }), says("hello"));
  await cache.observe(
    ask("Say hello to Erik.", { bindings: { name: "Erik" }, model: "b" }),
    says("Hello Erik!"),
  );
  await cache.settled();
  return { cache, told };
}

describe("the drawing of what is known", () => {
  it("has one scope, by the name that events give it, or by its beginning", async () => {
    const { cache, told } = await taught();
    await cache.lookup(ask("hi", { model: "a" }));
    const [hit] = heard(told, "hit");
    const whole = cache.printTree({ scope: hit?.scope ?? "none" });
    expect(drawn(whole)).toBe("scope …\n└─ user: hi\n   └─ ⇒ assistant: hello  (seen)");
    expect(cache.printTree({ scope: whole.slice(6, 14) })).toBe(whole);
    expect(cache.printTree({ scope: "no such scope" })).toBe("");
  });

  it("has the templates that are served, alone", async () => {
    const { cache } = await taught();
    expect(drawn(cache.printTree({ live: true }))).toBe(
      "scope …\n└─ user: Say hello to {{name:words}}.\n   └─ ⇒ assistant: Hello {{name}}!  (live, bound, 1 agreed)",
    );
  });

  it("has those used last, and says how many are left out", async () => {
    const { cache } = await taught();
    await cache.lookup(ask("hi", { model: "a" }));
    const tree = cache.printTree({ limit: 1 });
    expect(drawn(tree)).toBe("scope …\n└─ user: hi\n   └─ ⇒ assistant: hello  (seen)\n\n… and 2 more");
    expect(cache.printTree({ limit: 0 })).toBe("… and 3 more");
  });

  it("has the first messages of each conversation, and says that there are more", async () => {
    const { cache } = setUp();
    const messages = [user("a"), says("b"), user("c")];
    await cache.observe({ messages, induce: false }, says("d"));
    await cache.observe({ messages: [user("a"), says("b"), result("e")], induce: false }, says("f"));
    expect(drawn(cache.printTree({ depth: 2 }))).toBe("scope …\n└─ user: a\n   └─ assistant: b\n      └─ …");
  });

  it("refuses options it does not know, by name", () => {
    const { cache } = setUp();
    let thrown: unknown;
    try {
      cache.printTree({ deep: 1 } as never);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as RepriseError).code).toBe("BAD_OPTION");
    expect(String(thrown)).toContain('"deep"');
  });

  it("says so while the store is still being read; settled waits for it", async () => {
    const store = new Keyv();
    const first = createCache({ store });
    await first.observe(ask("hi"), says("hello"));
    await first.close();
    const second = createCache({ store, pollInterval: 0 });
    expect(second.printTree()).toMatch(/^\(the store is still being read/);
    await second.settled();
    expect(second.printTree()).toMatch(/^scope /);
    await second.close();
  });
});
