import Keyv from "keyv";
import { describe, expect, it } from "vitest";
import type { CacheOptions, CacheRequest, Check, Message, Reply } from "../../../src/index.js";
import { ask, calls, heard, hitOf, result, said, says, setUp, short, user } from "../../support/cache.js";

/** A world that checks look at. */
interface World {
  state: string;
}

const exactly: Pick<Check, "compare"> = { compare: (now, then) => now === then };

function desktop(options: CacheOptions = {}, check: Partial<Check> = {}) {
  const world: World = { state: "open" };
  const seen: unknown[] = [];
  const click: Check = {
    capture(args) {
      seen.push(args);
      return world.state;
    },
    ...exactly,
    ...check,
  };
  const { cache, told, clock } = setUp({ checks: { click }, ...options });
  const learn = async (text: string, reply: Reply = calls("click", { window: text })): Promise<void> => {
    await cache.observe(ask(text), reply);
    await cache.settled();
  };
  const asked = async (text: string): Promise<string> => short(await cache.lookup(ask(text)));
  return { cache, told, clock, world, seen, learn, asked };
}

describe("a check before a step", () => {
  it("serves a recorded step where the world is as it was, and asks the model where it is not", async () => {
    const { learn, asked, world } = desktop();
    await learn("notes");
    expect(await asked("notes")).toBe('exact click({"window":"notes"})');
    world.state = "closed";
    expect(await asked("notes")).toBe("miss environment");
    world.state = "open";
    expect(await asked("notes")).toBe('exact click({"window":"notes"})');
  });

  it("takes the same step in another state for right there too, and holds it against nobody", async () => {
    const { cache, told, learn, asked, world } = desktop();
    await learn("notes");
    world.state = "closed";
    await learn("notes");
    expect(await asked("notes")).toMatch(/^exact/);
    world.state = "open";
    expect(await asked("notes")).toMatch(/^exact/);
    expect(cache.stats().exchanges).toBe(1);
    expect(heard(told, "retired")).toEqual([]);
  });

  it("parts two replies to one conversation by the state each was given in", async () => {
    const { learn, asked, world } = desktop();
    await learn("notes");
    world.state = "closed";
    await learn("notes", says("The window is closed."));
    expect(await asked("notes")).toBe("exact The window is closed.");
    world.state = "open";
    expect(await asked("notes")).toBe('exact click({"window":"notes"})');
    world.state = "gone";
    expect(await asked("notes")).toBe("miss environment");
  });

  it("serves none of two replies that were given in one state", async () => {
    const { learn, asked } = desktop();
    await learn("notes");
    await learn("notes", calls("click", { window: "mail" }));
    expect(await asked("notes")).toBe("miss volatile");
  });

  it("is not run where no such tool is called", async () => {
    const { learn, asked, seen } = desktop();
    await learn("hello", says("Hello."));
    expect(await asked("hello")).toBe("exact Hello.");
    expect(await asked("unknown")).toBe("miss unseen");
    expect(seen).toEqual([]);
  });

  it("sees the arguments of its call and what the caller has passed, which is kept nowhere", async () => {
    const got: unknown[] = [];
    const check: Partial<Check> = {
      capture(args, context) {
        got.push([args, context]);
        return (context as World).state;
      },
    };
    const { cache } = desktop({}, check);
    await cache.observe(ask("notes"), calls("click", { window: "notes" }), {
      context: { state: "open", token: "s3cret" },
    });
    const answer = await cache.lookup(ask("notes"), { context: { state: "open" } });
    expect(answer.status).toBe("hit");
    expect(got).toEqual([
      [{ window: "notes" }, { state: "open", token: "s3cret" }],
      [{ window: "notes" }, { state: "open" }],
    ]);
    let lines = "";
    for await (const line of cache.export()) lines += line;
    expect(lines).toContain("open");
    expect(lines).not.toContain("s3cret");
    expect(short(await cache.lookup(ask("notes"), { context: { state: "shut" } }))).toBe("miss environment");
  });

  it.each<[string, Partial<Check>]>([
    [
      "throws",
      {
        capture: () => {
          throw new Error("s3cret");
        },
      },
    ],
    ["rejects", { capture: () => Promise.reject(new TypeError("no")) }],
    ["hangs", { capture: () => new Promise(() => undefined), deadline: 20 }],
    ["gives no JSON", { capture: () => () => 1 }],
    ["gives too much", { capture: () => "x".repeat(3_000) }],
    [
      "compares in vain",
      {
        compare: () => {
          throw new Error("no");
        },
      },
    ],
    ["compares for ever", { compare: () => new Promise(() => undefined), deadline: 20 }],
    ["compares to nothing", { compare: () => "yes" as never }],
  ])("that %s is a miss and a fault, and no error of the agent", async (_how, broken) => {
    const { cache, told, learn, asked, world } = desktop();
    await learn("notes");
    expect(await asked("notes")).toMatch(/^exact/);
    let lines = "";
    for await (const line of cache.export()) lines += line;
    const failing = desktop({}, broken);
    failing.world.state = world.state;
    await failing.cache.import([lines]);
    expect(await failing.asked("notes")).toBe("miss environment");
    expect(heard(failing.told, "fault")).toMatchObject([{ where: "check" }]);
    expect(JSON.stringify(failing.told)).not.toContain("s3cret");
    expect(heard(told, "fault")).toEqual([]);
  });

  it("passes over an answer that comes late", async () => {
    let answers = (_state: string): void => undefined;
    let late = false;
    const capture = (): unknown =>
      late
        ? new Promise<string>((resolve) => {
            answers = resolve;
          })
        : "open";
    const { cache, told, learn, asked } = desktop({}, { capture, deadline: 20 });
    await learn("notes");
    late = true;
    expect(await asked("notes")).toBe("miss environment");
    answers("open");
    expect(await asked("notes")).toBe("miss environment");
    expect(heard(told, "fault")).toMatchObject([
      { where: "check", error: "TimeoutError" },
      { where: "check", error: "TimeoutError" },
    ]);
    late = false;
    expect(await asked("notes")).toMatch(/^exact/);
    expect(cache.stats().times.check.count).toBe(3 + 1 - 1);
  });

  it("holds a likeness against its threshold", async () => {
    const compare = (now: unknown, then: unknown): number => (now === then ? 1 : 0.8);
    for (const [threshold, outcome] of [
      [0.8, /^exact/],
      [0.81, /^miss environment/],
    ] as const) {
      const { learn, asked, world } = desktop({}, { compare, threshold });
      await learn("notes");
      world.state = "half open";
      expect(await asked("notes")).toMatch(outcome);
    }
  });

  it("runs for parallel calls at the same time, and one that fails is enough", async () => {
    const states = new Map([
      ["a", "open"],
      ["b", "open"],
    ]);
    let running = 0;
    let most = 0;
    const capture = async ({ window }: { readonly window: string }): Promise<unknown> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return states.get(window);
    };
    const { asked, learn } = desktop({}, { capture } as Partial<Check>);
    const both: Reply = {
      role: "assistant",
      content: null,
      tool_calls: ["a", "b"].flatMap((window) => calls("click", { window }, window).tool_calls ?? []),
    };
    await learn("both", both);
    expect(await asked("both")).toMatch(/^exact/);
    expect(most).toBe(2);
    states.set("b", "closed");
    expect(await asked("both")).toBe("miss environment");
    // What each saw, but of the other: the calls are compared in their order.
    states.set("a", "closed").set("b", "open");
    expect(await asked("both")).toBe("miss environment");
  });

  it("keeps what it sees as the hook for redaction leaves it, and compares that", async () => {
    const redact = (text: string): string => text.replaceAll("s3cret", "***");
    const { cache, learn, asked, world } = desktop({ redact });
    world.state = "s3cret";
    await learn("notes");
    let lines = "";
    for await (const line of cache.export()) lines += line;
    expect(lines).toContain("***");
    expect(lines).not.toContain("s3cret");
    expect(await asked("notes")).toMatch(/^exact/);
    world.state = "other";
    expect(await asked("notes")).toBe("miss environment");
  });

  it("asks the model where nothing was seen when a step was recorded, and goes on from there", async () => {
    const before = setUp();
    await before.cache.observe(ask("notes"), calls("click", { window: "notes" }));
    let lines = "";
    for await (const line of before.cache.export()) lines += line;
    const { cache, asked, learn } = desktop();
    await cache.import([lines]);
    expect(await asked("notes")).toBe("miss environment");
    await learn("notes");
    expect(await asked("notes")).toMatch(/^exact/);
  });

  it("serves nothing that was forgotten while it looked", async () => {
    let wait: Promise<void> | undefined;
    const { cache, learn } = desktop(
      {},
      {
        capture: async () => {
          await wait;
          return "open";
        },
      },
    );
    await learn("notes");
    const held = Promise.withResolvers<void>();
    wait = held.promise;
    const answer = cache.lookup(ask("notes"));
    await cache.forget({ tool: "click" });
    held.resolve();
    expect(short(await answer)).toBe("miss environment");
  });

  it("is told by explain, and not run by it", async () => {
    const { cache, learn, seen, asked, world } = desktop();
    await learn("notes");
    const before = seen.length;
    const explained = cache.explain(ask("notes"));
    expect(explained.checks).toEqual([{ tool: "click", states: 1 }]);
    expect(explained.sentence).toContain(
      "If the check of `click` finds the world as it was: 1 state is known.",
    );
    expect(seen.length).toBe(before);
    world.state = "closed";
    await cache.lookup(ask("notes"), { id: "mine" });
    expect(cache.explain("mine").sentence).toContain("a check finds the world in another state");
    expect(await asked("notes")).toBe("miss environment");
  });
});

describe("a check before a step of a template", () => {
  const NAMES = ["Ann", "Bob", "Cid", "Dan", "Eve"];
  const step = (name: string): Reply => calls("click", { window: `window of ${name}` });
  const open = (name: string): string => `Open the window of ${name}, please.`;

  async function learned() {
    const all = desktop();
    for (const [index, name] of NAMES.entries()) {
      all.world.state = `state ${index}`;
      await all.learn(open(name), step(name));
    }
    return all;
  }

  it("accepts any state that its examples had, and no other", async () => {
    const { asked, world, cache } = await learned();
    for (let index = 0; index < NAMES.length; index++) {
      world.state = `state ${index}`;
      expect(await asked(open("Fay"))).toBe('template click({"window":"window of Fay"})');
      // A conversation that was recorded in one of these states is served in the others as well.
      expect(await asked(open("Ann"))).toMatch(/click/);
    }
    world.state = "state 9";
    expect(await asked(open("Fay"))).toBe("miss environment");
    expect(cache.explain(ask(open("Fay"))).checks).toEqual([{ tool: "click", states: 5 }]);
  });

  it("is not proven wrong by what was said in another state, and is by what is said in its own", async () => {
    const { asked, learn, world, told } = await learned();
    world.state = "locked";
    for (const name of ["Gil", "Hal", "Ida"]) await learn(open(name), says(`${name} is locked out.`));
    expect(heard(told, "retired")).toEqual([]);
    world.state = "state 0";
    expect(await asked(open("Ann"))).toMatch(/click/);
    await learn(open("Joe"), says("Joe is out."));
    expect(heard(told, "retired")).not.toEqual([]);
  });

  it("counts against it what was said in its own state too, after it was said in another", async () => {
    const { learn, world, told } = await learned();
    world.state = "locked";
    await learn(open("Gil"), says("No."));
    expect(heard(told, "retired")).toEqual([]);
    world.state = "state 1";
    await learn(open("Gil"), says("No."));
    expect(heard(told, "retired")).not.toEqual([]);
  });

  it("learns the same in a worker's order: what was seen stands before what is learned", async () => {
    const { cache, world } = await learned();
    world.state = "state 3";
    const hit = hitOf(await cache.lookup(ask(open("Kim"))));
    expect(hit.match).toBe("template");
  });
});

describe("what is shown", () => {
  it("says in the tree in how many states an exchange was seen, and beside an example what was seen", async () => {
    const { cache, learn, world } = desktop();
    await learn("Open the notes.", calls("click", { window: "notes" }));
    world.state = "closed";
    await learn("Open the notes.", calls("click", { window: "notes" }));
    expect(cache.printTree()).toContain("(seen, in 2 states)");
    const [template] = cache.templates();
    expect(cache.template(template?.id ?? "")?.examples[0]?.seen).toEqual([
      'click: "open"',
      'click: "closed"',
    ]);
  });

  it("tells how long each phase took", async () => {
    const { cache, learn, asked } = desktop();
    await learn("notes");
    await asked("notes");
    const { times } = cache.stats();
    expect([times.lookup.count, times.check.count, times.learn.count]).toEqual([1, 1, 1]);
    expect(times.lookup.ms).toBeGreaterThanOrEqual(times.check.ms);
  });
});

describe("tools that were edited", () => {
  it("divide the tree by the version they are given, or that stands in their definition", async () => {
    const { cache } = setUp();
    const definition = { type: "function", function: { name: "click" }, version: "1" };
    const old = ask("notes", { toolVersion: "1", tools: [definition] });
    await cache.observe(old, calls("click", {}));
    expect(short(await cache.lookup(old))).toMatch(/^exact/);
    expect(short(await cache.lookup({ ...old, toolVersion: "2" }))).toBe("miss unseen");
    expect(short(await cache.lookup({ ...old, tools: [{ ...definition, version: "2" }] }))).toBe(
      "miss unseen",
    );
  });
});

describe("a store with checks", () => {
  it("has what was seen for the next process, and not of what was forgotten", async () => {
    const store = new Keyv();
    const first = desktop({ store });
    await first.learn("notes");
    await first.learn("mail");
    await first.cache.close();

    const second = desktop({ store });
    await second.cache.settled();
    expect(await second.asked("notes")).toMatch(/^exact/);
    second.world.state = "closed";
    expect(await second.asked("mail")).toBe("miss environment");
    await second.cache.forget({ tool: "click" });
    await second.cache.close();

    const third = desktop({ store });
    await third.cache.settled();
    expect(third.cache.stats().memory.sightings?.entries).toBe(0);
    await third.cache.close();
  });

  it("takes in nothing of what was seen of an exchange that was forgotten", async () => {
    const { cache, learn } = desktop();
    await learn("notes");
    const lines: string[] = [];
    for await (const line of cache.export()) lines.push(line);
    await cache.forget({ tool: "click" });
    const { refused } = await cache.import(lines);
    expect(refused.map(({ reason }) => reason)).toContain("erased");
    expect(cache.stats().memory.sightings?.entries).toBe(0);
  });

  it("tells another process on it of a state in which a step was right too", async () => {
    const store = new Keyv();
    const [one, other] = [desktop({ store, pollInterval: 5 }), desktop({ store, pollInterval: 5 })];
    await one.learn("notes");
    await expect.poll(() => other.asked("notes")).toMatch(/^exact/);
    other.world.state = "closed";
    expect(await other.asked("notes")).toBe("miss environment");
    one.world.state = "closed";
    await one.learn("notes");
    await expect.poll(() => other.asked("notes")).toMatch(/^exact/);
    await Promise.all([one.cache.close(), other.cache.close()]);
  });

  it("refuses a check that is none, naming its tool", () => {
    for (const check of [
      {},
      { capture: () => 1 },
      { compare: () => true },
      { after: {} },
      { deadline: 0 },
      null,
    ])
      expect(() => setUp({ checks: { click: check as Check } })).toThrow(
        /option "checks.click" is not valid/,
      );
    const whole = { capture: () => 1, compare: () => true };
    expect(() => setUp({ checks: { click: { ...whole, treshold: 1 } as Check } })).toThrow(/checks.click/);
  });
});

describe("what came back from a step", () => {
  const after: Check = {
    after: {
      capture: (got) => (got as { readonly status: string }).status,
      compare: (now, then) => now === then,
    },
  };
  const first = ask("Save it.");
  const rest = (got: string): CacheRequest => ({
    messages: [...first.messages, said(calls("save", {})), result(got)] as Message[],
  });

  async function saved() {
    const all = setUp({ checks: { save: after } });
    await all.cache.observe(first, calls("save", {}), { answer: "learned" });
    const noted = await all.cache.verify("learned", { tool: "save", args: {}, result: { status: "ok" } });
    await all.cache.observe(rest("ok"), says("Saved."));
    await all.cache.settled();
    return { ...all, noted };
  }

  it("is noted where a model called, and the same is no news", async () => {
    const { cache, noted } = await saved();
    expect(noted).toBe("noted");
    const { id } = hitOf(await cache.lookup(first));
    expect(await cache.verify(id, { tool: "save", args: {}, result: { status: "ok" } })).toBe("same");
    expect(short(await cache.lookup(rest("ok")))).toBe("exact Saved.");
  });

  it("that differs is bad for the answer, and the rest of the conversation is asked of the model", async () => {
    const { cache, told } = await saved();
    const { id } = hitOf(await cache.lookup(first));
    expect(await cache.verify(id, { tool: "save", args: {}, result: { status: "full" } })).toBe("differs");
    expect(short(await cache.lookup(rest("ok")))).toBe("miss diverged");
    expect(short(await cache.lookup(first))).toBe("miss unseen");
    expect(heard(told, "miss").map(({ reason }) => reason)).toEqual(["diverged", "unseen"]);
  });

  it("says so where there is nothing to compare, or no check looks, or the check fails", async () => {
    const { cache, told } = await saved();
    const { id } = hitOf(await cache.lookup(first));
    expect(await cache.verify(id, { tool: "load", args: {}, result: 1 })).toBe("unchecked");
    expect(await cache.verify("nobody", { tool: "save", args: {}, result: { status: "ok" } })).toBe(
      "unknown",
    );
    expect(await cache.verify(id, { tool: "save", args: {}, result: null })).toBe("unknown");
    expect(heard(told, "fault")).toMatchObject([{ where: "check", error: "TypeError" }]);
    expect(short(await cache.lookup(first))).toMatch(/^exact/);
  });
});

it("a user message that mentions a tool is no call of it", async () => {
  const { cache, seen } = desktop();
  await cache.observe({ messages: [user("click")] }, says("No."));
  expect(short(await cache.lookup({ messages: [user("click")] }))).toBe("exact No.");
  expect(seen).toEqual([]);
});
