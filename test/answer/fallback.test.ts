import { describe, expect, it } from "vitest";
import type { Message } from "../../src/types.js";
import { play, type Step, task, teach } from "../support/agent.js";
import { calls, setUp, short, user } from "../support/cache.js";

const QUESTIONS = ["It is dead", "No light", "It hums", "It beeps", "All black", "It smells"];
const call = (tool: string, id: string): Message => ({
  role: "assistant",
  content: null,
  tool_calls: calls(tool, {}, id).tool_calls ?? [],
});
const result = (value: string, id: string): Message => ({ role: "tool", tool_call_id: id, content: value });
// After as many checks as the index says: no template of a whole conversation fits the next.
const restart = (index: number): Step => [
  [
    user(QUESTIONS[index] as string),
    ...Array.from({ length: index }, (_, n) => [call("check", `k${n}`), result(`fault ${n}`, `k${n}`)]).flat(),
    call("reset", "c"),
    result("done", "c"),
  ],
  calls("restart", {}),
];

describe("what is answered where no template may", () => {
  it("is not asked for while a template that was right before says otherwise", async () => {
    const { cache } = setUp();
    const book = (verb: string, what: string, city: string): Step => task(`${verb} a ${what} in ${city} for me`, calls(what, { city }));
    const cities = ["Paris", "Rome", "Oslo", "Bern", "Lima", "Kyiv", "Cairo", "Quito"];
    const known = cities.flatMap((city) => ["hotel", "table", "taxi", "guide"].map((what) => book("book", what, city)));
    const others = cities.slice(0, 6).flatMap((city) => ["hotel", "table", "taxi"].map((what) => book("reserve", what, city)));
    await play(cache, [...known, ...others]);
    const guide = (city: string): Step => task(`reserve a guide in ${city} for me`, calls("waiting_list", { city }));
    expect(short(await cache.lookup({ messages: guide("Vienna")[0] }))).toBe('template guide({"city":"Vienna"})');
    // The model says something else of guides that are reserved: from then on that is in doubt.
    await teach(cache, [guide("Prague"), guide("Graz")]);
    expect(short(await cache.lookup({ messages: guide("Vienna")[0] }))).not.toBe('template guide({"city":"Vienna"})');
  });

  it("is left to the caller's own templates where the caller has bound values", async () => {
    const { cache } = setUp();
    await teach(cache, [0, 1, 2, 3].map(restart));
    const [messages] = restart(5);
    expect(short(await cache.lookup({ messages }))).toBe("template restart({})");
    expect(short(await cache.lookup({ messages, bindings: { device: "lamp" } }))).toMatch(/^miss/);
  });

  it("obeys never and the guard", async () => {
    for (const options of [{ never: ["restart"] }, { guard: () => false }]) {
      const { cache } = setUp(options);
      await teach(cache, [0, 1, 2, 3].map(restart));
      expect(short(await cache.lookup({ messages: restart(5)[0] }))).toMatch(/^miss (never|guarded)/);
    }
  });

  it("ends with its time to live", async () => {
    const { cache, clock } = setUp({ ttl: 1_000 });
    await teach(cache, [0, 1, 2, 3].map(restart));
    clock.now += 5_000;
    expect(short(await cache.lookup({ messages: restart(5)[0] }))).toMatch(/^miss/);
  });
});
