import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { ask, calls, heard, result, says, setUp, short, user } from "./support/cache.js";

const EMAIL = /[\w.]+@[\w.]+/g;
const redact = (text: string): string => text.replace(EMAIL, "[address]");

describe("a hook that redacts", () => {
  it("sees every text before it is stored or learned from, and changes nothing that was handed in", async () => {
    const store = new Keyv();
    const { cache, told } = setUp({ store, redact, policy: "eager" });
    const call = calls("find", { by: "name" });
    const messages = [
      { role: "system" as const, content: [{ type: "text" as const, text: "I am ada@example.org" }] },
      user("Find bob@example.org"),
      call,
      result('{"found":"carl@example.org"}'),
    ];
    const before = JSON.stringify(messages);
    await cache.observe({ messages }, says("Done."));
    await cache.settled();
    expect(heard(told, "observed")).toEqual([
      { recorded: true, exchange: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    expect(JSON.stringify([...(store.store as Map<string, unknown>)])).not.toMatch(/example\.org/);
    expect(cache.printTree()).toContain("Find [address]");
    expect(cache.printTree()).not.toContain("example.org");
    expect(JSON.stringify(messages)).toBe(before);
    // What was asked is not what was kept: no two that differ are taken for each other.
    expect((await cache.lookup({ messages })).status).toBe("miss");
    expect((await cache.lookup(ask("Find dora@example.org"))).status).toBe("miss");
  });

  it("keeps no reply that it changes: it is not what the model said", async () => {
    const { cache, told } = setUp({ redact });
    await cache.observe(ask("Who?"), says("bob@example.org"));
    await cache.observe(ask("Mail Bob"), calls("mail", { to: "bob@example.org" }));
    expect(heard(told, "observed")).toEqual([
      { recorded: false, refusal: "redacted" },
      { recorded: false, refusal: "redacted" },
    ]);
    expect(short(await cache.lookup(ask("Who?")))).toBe("miss unseen");
  });

  it("keeps nothing when it throws", async () => {
    const store = new Keyv();
    const { cache, told } = setUp({
      store,
      redact: () => {
        throw new TypeError("no");
      },
    });
    await cache.observe(ask("secret"), says("told"));
    expect(heard(told, "fault")).toEqual([{ where: "observe", error: "TypeError" }]);
    expect([...(store.store as Map<string, unknown>)]).toEqual([]);
  });
});
