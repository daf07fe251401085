import { Keyv } from "keyv";
import { describe, expect, it, vi } from "vitest";
import type { CacheEvents, CacheOptions, InductionModel, InductionRequest } from "../../src/index.js";
import { ask, calls, heard, setUp, short } from "../support/cache.js";
import { answerTo, type Opinion } from "../support/model-cases.js";

const CAPITALS: Readonly<Record<string, string>> = {
  Norway: "Oslo",
  Peru: "Lima",
  Kenya: "Nairobi",
  Italy: "Rome",
};
const asked = (country: string) => ask(`Book a guide in the capital of ${country}`);
const booked = (country: string) => calls("book_guide", { city: CAPITALS[country] });
const opinion = (country: string): Opinion => ({
  spans: [`m0 ${country} = country`, `reply.city ${CAPITALS[country]} = city`],
  depends: { city: ["country"] },
  derive: { city: { of: "country", rows: CAPITALS } },
});
const nothing = { identify: { spans: [] }, merge: { together: [0], spans: [] } };

/** What a good model says of the first country it sees. */
const good: InductionModel = async ({ agent, input }) => {
  const country = Object.keys(CAPITALS).find((each) => JSON.stringify(input).includes(each)) ?? "";
  return {
    value: answerTo(opinion(country), agent, input),
    usage: { inputTokens: 50, outputTokens: 5 },
  };
};
const hanging: InductionModel = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

function withModel(model: InductionModel, induction: object = {}, options: CacheOptions = {}) {
  const requests: InductionRequest[] = [];
  const made = setUp({
    ...options,
    induction: {
      model: (request) => {
        requests.push(request);
        return model(request);
      },
      ...{ attempts: 1, retryDelay: 1, concurrency: 1 },
      ...induction,
    },
  });
  const consulted: CacheEvents["consulted"][] = [];
  made.cache.on("consulted", (event) => void consulted.push(event));
  return { ...made, requests, consulted };
}

type Made = ReturnType<typeof withModel>;
const observe = async ({ cache }: Made, country: string): Promise<void> => {
  await cache.observe(asked(country), booked(country));
  await cache.settled();
};
const agents = ({ requests }: Made): string[] => requests.map(({ agent }) => agent);

describe("what a model is asked", () => {
  it("is what nothing explains: an exchange, once, by one agent after the other", async () => {
    const made = withModel(good);
    await observe(made, "Norway");
    await observe(made, "Norway");
    expect(agents(made)).toEqual(["identify", "name", "arrange", "derive"]);
    expect(made.consulted).toEqual([{ outcome: "kept", calls: 4, tokens: 220 }]);
    expect(made.cache.stats().model).toMatchObject({
      kept: 1,
      failed: 0,
      tokens: { inputTokens: 200, outputTokens: 20 },
    });
  });

  it("costs nothing where the template it proposed explains the next", async () => {
    const made = withModel(good);
    for (const country of ["Norway", "Peru", "Kenya"]) await observe(made, country);
    expect(made.requests).toHaveLength(4);
    expect(short(await made.cache.lookup(asked("Italy")))).toBe('template book_guide({"city":"Rome"})');
  });

  it("is nothing where data flow explains the exchange", async () => {
    const made = withModel(good);
    for (const name of ["Ann", "Bob"]) {
      await made.cache.observe(ask(`Say hello to ${name}`), calls("greet", { name }));
      await made.cache.settled();
    }
    expect(made.requests).toEqual([]);
  });

  it("leaves off once it has said of enough that are alike that there is nothing to add", async () => {
    const made = withModel(async ({ agent }) => ({ value: nothing[agent as "identify"] }));
    for (let index = 0; index < 40; index++) {
      await made.cache.observe(ask(`Tell me joke number ${index} of the day`), {
        role: "assistant",
        content: `Joke ${"abcdefgh"[index % 8]}: ${(index * 7919) % 1000} geese.`,
      });
      await made.cache.settled();
    }
    expect(made.cache.stats().model).toMatchObject({ kept: 0 });
    expect(made.requests.length).toBeLessThanOrEqual(8);
    expect(agents(made)).toContain("merge");
  });

  it("goes to the model of its agent, and to none that is left out", async () => {
    const other: string[] = [];
    const made = withModel(good, {
      agents: {
        name: false,
        derive: (request: InductionRequest) => {
          other.push(request.agent);
          return Promise.resolve({ value: { derivations: [], conditions: [] } });
        },
      },
    });
    await observe(made, "Norway");
    expect([agents(made), other]).toEqual([["identify", "arrange"], []]);
    // Without names, "city" is no variable: the arrangement speaks of what is not there.
    expect(made.consulted[0]?.reason).toBe("unknown-variable");
  });

  it("holds nothing that was redacted, and no names of tools but those that were called", async () => {
    const made = withModel(good, {}, { redact: (text) => text.replaceAll("sk-canary", "[key]") });
    await made.cache.observe(
      {
        messages: [{ role: "user", content: "Use sk-canary and book the capital of Norway" }],
        tools: [{ type: "function", function: { name: "hidden_tool" } }],
        bindings: {},
      },
      booked("Norway"),
    );
    await made.cache.settled();
    const shown = JSON.stringify(made.requests.map(({ input }) => input));
    expect(made.requests.length).toBeGreaterThan(0);
    expect(shown).not.toContain("canary");
    expect(shown).not.toContain("hidden_tool");
    expect(shown).toContain("[key]");
  });

  it("is of one tenant", async () => {
    const made = withModel(async ({ agent }) => ({ value: nothing[agent as "identify"] }));
    for (const [index, scope] of ["a", "b", "a", "b", "a", "b"].entries()) {
      const request = { ...ask(`Fetch report ${index} of tenant ${scope} for me`), scope };
      await made.cache.observe(request, calls("fetch", { code: `Q${(index * 7919 + 13) % 1000}` }));
      await made.cache.settled();
    }
    expect(agents(made)).toContain("merge");
    for (const { input } of made.requests) {
      const tenants = new Set(JSON.stringify(input).match(/tenant \w/g));
      expect(tenants.size).toBe(1);
    }
  });
});

describe("a model that hangs", () => {
  it("holds up neither lookups nor learning nor other questions, and is given up in time", async () => {
    const made = withModel(hanging, { timeout: 200, concurrency: 2 });
    await made.cache.observe(asked("Norway"), booked("Norway"));
    await vi.waitFor(() => expect(made.requests).toHaveLength(1));
    // Two more exchanges are learned and served meanwhile.
    for (const name of ["Ann", "Bob", "Cid"])
      await made.cache.observe(ask(`Say hello to ${name}`), calls("greet", { name }));
    await vi.waitFor(async () =>
      expect(short(await made.cache.lookup(ask("Say hello to Eve")))).toBe('template greet({"name":"Eve"})'),
    );
    await made.cache.settled();
    expect(made.cache.deadLetters().map(({ reason }) => reason)).toEqual(["timeout"]);
    expect(heard(made.told, "fault")).toEqual([{ where: "model", error: "timeout" }]);
  });

  it("is broken off by close", async () => {
    const made = withModel(hanging, { timeout: 600_000, attempts: 3, retryDelay: 600_000 });
    await made.cache.observe(asked("Norway"), booked("Norway"));
    await vi.waitFor(() => expect(made.requests).toHaveLength(1));
    await made.cache.close();
    expect(made.requests[0]?.signal.aborted).toBe(true);
    expect(made.cache.deadLetters()).toEqual([]);
  });
});

describe("what fails", () => {
  it("is tried again, then stands in the dead letter, and can be asked again; the exact entry stays", async () => {
    let broken = true;
    const made = withModel(
      async (request) => {
        if (broken) throw new TypeError("a secret of the provider");
        return good(request);
      },
      { attempts: 3 },
    );
    await observe(made, "Norway");
    expect(made.requests).toHaveLength(3);
    const [letter] = made.cache.deadLetters();
    expect(letter).toMatchObject({ reason: "TypeError" });
    expect(JSON.stringify(made.told)).not.toContain("secret");
    expect(short(await made.cache.lookup(asked("Norway")))).toMatch(/^exact/);
    broken = false;
    expect(made.cache.retryDeadLetters(["another"])).toBe(0);
    expect(made.cache.retryDeadLetters([letter?.id ?? ""])).toBe(1);
    await made.cache.settled();
    expect(made.cache.deadLetters()).toEqual([]);
    expect(made.cache.stats().model).toMatchObject({ kept: 1, dead: 0 });
  });

  it("five times in a row has the model left alone for a while", async () => {
    const made = withModel(async () => {
      throw new Error("down");
    });
    for (let index = 0; index < 9; index++) {
      await made.cache.observe(
        ask(`${"abcdefghi"[index]} ${index} question`),
        calls(`t${index}`, { x: `V-${index}` }),
      );
      await made.cache.settled();
    }
    expect(made.requests).toHaveLength(5);
    expect(made.cache.stats().model).toMatchObject({ state: "breaker", waiting: 4, dead: 5 });
  });
});

describe("the budget", () => {
  it("bounds the calls of an hour; what waits is asked when there is room again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const made = withModel(good, { callsPerHour: 5 });
      const flush = () => vi.advanceTimersByTimeAsync(50);
      await made.cache.observe(asked("Norway"), booked("Norway"));
      await flush();
      await made.cache.settled();
      expect(made.cache.stats().model).toMatchObject({ state: "on", kept: 1 });
      await made.cache.observe(ask("Somebody should show me around the capital of Peru"), booked("Peru"));
      await flush();
      await made.cache.settled();
      // One call of its four was left.
      expect(made.requests).toHaveLength(5);
      expect(made.cache.stats().model).toMatchObject({ state: "budget", waiting: 1 });
      made.clock.now += 3_600_001;
      await vi.advanceTimersByTimeAsync(3_600_001);
      await made.cache.settled();
      expect(made.requests.length).toBeGreaterThan(5);
      expect(made.cache.stats().model?.waiting).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("holds in a flood of novel traffic: the oldest questions are shed and counted", async () => {
    const made = withModel(hanging, { timeout: 600_000, maxWaiting: 3 });
    for (let index = 0; index < 12; index++)
      await made.cache.observe(
        ask(`${"abcdefghijkl"[index]}${index} novel`),
        calls(`t${index}`, { x: `V-${index}` }),
      );
    await vi.waitFor(() => expect(made.cache.stats().queue.waiting).toBe(0));
    await vi.waitFor(() =>
      expect(made.cache.stats().model).toMatchObject({ running: 1, waiting: 3, shed: 8 }),
    );
    expect(made.requests).toHaveLength(1);
    await made.cache.close();
  });

  it("stops by itself when hits have not saved what it cost, and goes on when they have", async () => {
    const made = withModel(good, { trialCalls: 4 });
    for (const country of ["Norway", "Peru", "Kenya"])
      await made.cache
        .observe(asked(country), booked(country), { usage: { inputTokens: 150, outputTokens: 10 } })
        .then(() => made.cache.settled());
    expect(made.cache.stats().model).toMatchObject({ state: "unpaid", kept: 1 });
    await made.cache.observe(ask("Name a river of Peru"), calls("name_river", { name: "Amazon-1" }));
    await made.cache.settled();
    expect(made.requests).toHaveLength(4);
    for (let hit = 0; hit < 2; hit++) expect((await made.cache.lookup(asked("Italy"))).status).toBe("hit");
    expect(made.cache.stats().model).toMatchObject({
      state: "on",
      saved: { hits: 2, inputTokens: 300, outputTokens: 20 },
    });
  });
});

describe("with a store", () => {
  it("what was wanted and not answered is asked by the next process; what was answered is not", async () => {
    const store = new Map();
    const first = withModel(hanging, { timeout: 600_000 }, { store: new Keyv({ store }) });
    await first.cache.observe(asked("Norway"), booked("Norway"));
    await vi.waitFor(() => expect(first.requests).toHaveLength(1));
    await first.cache.close();
    const second = withModel(good, {}, { store: new Keyv({ store }) });
    await vi.waitFor(() => expect(second.requests).toHaveLength(4));
    await second.cache.settled();
    expect(second.cache.stats().model).toMatchObject({ kept: 1 });
    await second.cache.close();
    const third = withModel(good, {}, { store: new Keyv({ store }) });
    await third.cache.settled();
    expect(third.requests).toEqual([]);
    expect(third.cache.printTree()).toContain("lookup(country");
    await third.cache.close();
  });

  it("of a scope that nobody has asked about, it is asked when somebody does", async () => {
    const store = new Map();
    const first = withModel(hanging, { timeout: 600_000 }, { store: new Keyv({ store }) });
    await first.cache.observe(asked("Norway"), booked("Norway"));
    await vi.waitFor(() => expect(first.requests).toHaveLength(1));
    await first.cache.close();
    const second = withModel(good, {}, { store: new Keyv({ store }), preload: 0 });
    await second.cache.settled();
    expect(second.requests).toEqual([]);
    await second.cache.lookup(asked("Peru"));
    await vi.waitFor(() => expect(second.cache.stats().model).toMatchObject({ kept: 1 }));
    await second.cache.close();
  });

  it("what another process wants meanwhile is left to that", async () => {
    const store = new Map();
    const other = withModel(good, {}, { store: new Keyv({ store }), pollInterval: 10 });
    await other.cache.settled();
    const first = withModel(hanging, { timeout: 600_000 }, { store: new Keyv({ store }) });
    first.clock.now += 60_000;
    await first.cache.observe(asked("Norway"), booked("Norway"));
    await vi.waitFor(() => expect(first.requests).toHaveLength(1));
    await vi.waitFor(() => expect(other.cache.stats().exchanges).toBe(1));
    await other.cache.settled();
    expect(other.requests).toEqual([]);
    await first.cache.close();
    await other.cache.close();
  });

  it("the dead letter survives, too", async () => {
    const store = new Map();
    const failing = async () => {
      throw new RangeError("no");
    };
    const first = withModel(failing, {}, { store: new Keyv({ store }) });
    await observe(first, "Norway");
    await first.cache.close();
    const second = withModel(good, {}, { store: new Keyv({ store }) });
    await second.cache.settled();
    expect([second.cache.deadLetters().map(({ reason }) => reason), second.requests]).toEqual([
      ["RangeError"],
      [],
    ]);
    expect(second.cache.retryDeadLetters()).toBe(1);
    await second.cache.settled();
    expect(second.cache.stats().model).toMatchObject({ kept: 1 });
    await second.cache.close();
  });

  it("what was erased is neither asked about nor learned, and no note of it is left", async () => {
    const store = new Map<string, unknown>();
    const answer = Promise.withResolvers<void>();
    const made = withModel(
      async (request) => {
        await answer.promise;
        return good(request);
      },
      {},
      { store: new Keyv({ store }) },
    );
    await made.cache.observe(asked("Norway"), booked("Norway"));
    await vi.waitFor(() => expect(made.requests).toHaveLength(1));
    await made.cache.forget({ namespace: "default" });
    answer.resolve();
    await made.cache.settled();
    expect(made.cache.printTree()).toBe("");
    expect(made.consulted).toEqual([{ outcome: "refused", reason: "forgotten", calls: 4, tokens: 220 }]);
    await made.cache.close();
    const next = withModel(good, {}, { store: new Keyv({ store }) });
    await next.cache.settled();
    expect([next.requests, next.cache.printTree()]).toEqual([[], ""]);
    await next.cache.close();
  });
});

describe("what a model says of values that are left aside", () => {
  const NAMES = ["Ada Holm", "Ben Okoro", "Cleo Marsh", "Dev Anand", "Eli Stone", "Fay Wong"];
  const CHATS = [
    "lovely weather",
    "what a week",
    "coffee is on me",
    "see you soon",
    "no hurry",
    "much obliged",
  ];
  const page = (index: number) =>
    ask(`Please page ${NAMES[index % 6]} for me; ${CHATS[(index * 5 + Math.floor(index / 6)) % 6]}`);
  const paged = (index: number) => calls("page", { who: NAMES[index % 6] });
  async function servedFrom(decides: boolean | undefined): Promise<{ at: number; asked: number }> {
    const made = withModel(
      async ({ agent, input }) => ({
        value:
          agent === "weigh"
            ? {
                verdicts: (input as { unused: { variable: string }[] }).unused.map(({ variable }) => ({
                  variable,
                  decides: decides ?? true,
                })),
              }
            : nothing[agent as "identify"],
      }),
      decides === undefined ? { agents: { weigh: false } } : {},
    );
    const hits: number[] = [];
    for (let index = 0; index < 14; index++) {
      if ((await made.cache.lookup(page(index))).status === "hit") hits.push(index);
      await made.cache.observe(page(index), paged(index));
      await made.cache.settled();
    }
    const at = hits[0] ?? Number.POSITIVE_INFINITY;
    return { at, asked: made.requests.filter(({ agent }) => agent === "weigh").length };
  }

  it("is asked once, and has a template served sooner if it says that they do not decide; never at once", async () => {
    const [without, mayDecide, doesNot] = [
      await servedFrom(undefined),
      await servedFrom(true),
      await servedFrom(false),
    ];
    expect(doesNot.at).toBeLessThan(without.at);
    expect(mayDecide.at).toBe(without.at);
    expect(doesNot.at).toBeGreaterThan(3);
    expect(doesNot.asked).toBe(1);
  });
});

describe("readable names for what was learned without a model", () => {
  const greet = (name: string, company: string, food: string) =>
    [
      ask(`${name} works at ${company}. ${name.split(" ")[0]} loves to cook with ${food}.`),
      { role: "assistant", content: `Nice to meet you, ${name.split(" ")[0]} of ${company}!` },
    ] as const;
  const WORK = [
    greet("Erik Dunteman", "Butter", "butter"),
    greet("Raymond Tana", "Acme", "salt"),
    greet("Ann Marsh", "Globex", "rice"),
    greet("Lena Olsen", "Hooli", "oil"),
    greet("Tom Baker", "Stark", "tea"),
  ];
  async function learned(labels: boolean) {
    const made = withModel(
      async ({ agent, input }) => ({
        value:
          agent === "name"
            ? {
                names: (input as { stretches: { span: number; text: string }[] }).stretches.map(
                  ({ span, text }) => ({
                    span,
                    name: /Butter|Acme|Globex|Hooli|Stark/.test(text) ? "company" : `part_${span}`,
                  }),
                ),
              }
            : nothing[agent as "identify"],
      }),
      { labels },
    );
    for (const [request, reply] of WORK) {
      await made.cache.observe(request, reply);
      await made.cache.settled();
    }
    const { templates } = made.cache.stats();
    return { tree: made.cache.printTree(), templates, consulted: made.consulted };
  }

  it("are asked for once a template was right, where the option is set, and change nothing of its evidence", async () => {
    const [without, named] = [await learned(false), await learned(true)];
    expect(without.tree).not.toContain("{{company");
    expect(named.tree).toContain("{{company");
    expect(named.templates).toEqual(without.templates);
    expect(named.consulted.map(({ outcome }) => outcome)).toContain("noted");
  });
});
