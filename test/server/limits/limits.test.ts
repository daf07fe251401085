/** What is refused, and when it may come again. */
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { networkOf } from "../../../server/limits/buckets.js";
import { createLimits, limitsOver } from "../../../server/limits/index.js";
import { type LimitsConfig, limitsSection } from "../../../server/limits/schema.js";
import type { Windows } from "../../../server/limits/windows.js";
import type { Caller, Limits, ModelRequest, Refusal, Trace } from "../../../server/stages.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const limits = (config: Parameters<typeof limitsSection.parse>[0]): Limits =>
  createLimits(limitsSection.parse(config), () => undefined);

let ids = 0;

interface Asking extends Partial<Pick<ModelRequest, "model" | "address">> {
  readonly key?: string;
  readonly own?: Caller["limits"];
  readonly peer?: string;
}

function asking({ key, own, peer = "192.0.2.1", ...rest }: Asking = {}): ModelRequest {
  return {
    id: `request-${ids++}`,
    method: "POST",
    path: "/v1/chat/completions",
    address: undefined,
    incoming: { socket: { remoteAddress: peer } } as IncomingMessage,
    signal: new AbortController().signal,
    caller: { id: key, namespace: key, models: undefined, ...(own && { limits: own }) },
    ...{ api: undefined, model: undefined, body: undefined, isStream: false },
    ...rest,
  };
}

const told = (request: ModelRequest, rest: Partial<Trace>): Trace =>
  ({ id: request.id, cache: undefined, usage: undefined, ...rest }) as Trace;

/** How many of so many are taken. */
async function takenOf(stage: Limits, times: number, request: Asking): Promise<number> {
  let taken = 0;
  for (let time = 0; time < times; time++) if (!(await stage.take(asking(request)))) taken++;
  return taken;
}

describe("requests", () => {
  it("are counted by key, by the key's own limits first, and are taken again a minute later", async () => {
    const stage = limits({ key: { requests: 3 } });
    expect(await takenOf(stage, 5, { key: "a" })).toBe(3);
    expect(await takenOf(stage, 5, { key: "b", own: { requests: 4 } })).toBe(4);
    expect(await takenOf(stage, 5, { key: "c", own: { tokens: 4 } })).toBe(3);
    expect(await takenOf(stage, 5, {})).toBe(5);
    vi.advanceTimersByTime(37_000);
    const refused = (await stage.take(asking({ key: "a" }))) as Refusal;
    expect(refused).toMatchObject({
      ...{ to: "refuse", status: 429, retryAfter: 23 },
      headers: { "ratelimit-policy": '"key-requests";q=3;w=60', ratelimit: '"key-requests";r=0;t=23' },
    });
    expect(refused.message).toContain("3 requests a minute are for this app key: come again in 23 s");
    vi.advanceTimersByTime(23_000);
    expect(await takenOf(stage, 5, { key: "a" })).toBe(3);
  });

  it("are counted by address, of IPv6 by network; one that nobody trusted tells of counts as who told of it", async () => {
    const stage = limits({ address: { requests: 2 } });
    expect(await takenOf(stage, 3, { address: "198.51.100.7" })).toBe(2);
    expect(await takenOf(stage, 3, { address: "198.51.100.8" })).toBe(2);
    expect(await takenOf(stage, 3, { address: "2001:db8::1" })).toBe(2);
    expect(await takenOf(stage, 1, { address: "2001:db8::ffff:1:2:3" })).toBe(0);
    expect(await takenOf(stage, 1, { address: "2001:db8:0:1::1" })).toBe(1);
    expect(await takenOf(stage, 3, { peer: "::ffff:203.0.113.9" })).toBe(2);
    expect(await takenOf(stage, 1, { peer: "203.0.113.9" })).toBe(0);
  });

  it("are counted by model, all that a pattern fits together", async () => {
    const stage = limits({
      models: [
        { models: ["gpt-5*", "o3"], requests: 2 },
        { models: ["*mini"], requests: 1 },
      ],
    });
    expect(await takenOf(stage, 1, { model: "gpt-5-mini" })).toBe(1);
    expect(await takenOf(stage, 1, { model: "o3" })).toBe(1);
    expect(await takenOf(stage, 1, { model: "gpt-5" })).toBe(0);
    expect(await takenOf(stage, 1, { model: "phi-mini" })).toBe(0);
    expect(await takenOf(stage, 9, { model: "other" })).toBe(9);
    expect(await takenOf(stage, 9, {})).toBe(9);
  });

  it("that fall under several limits are told the longest wait", async () => {
    const stage = limits({ key: { requests: 1 }, address: { requests: 1 } });
    await stage.take(asking({ key: "a" }));
    vi.advanceTimersByTime(30_000);
    await stage.take(asking({ key: "b", peer: "192.0.2.2" }));
    const refused = await stage.take(asking({ key: "a", peer: "192.0.2.2" }));
    expect(refused).toMatchObject({ retryAfter: 60, headers: { ratelimit: '"address-requests";r=0;t=60' } });
  });
});

describe("tokens", () => {
  const usage = { inputTokens: 60, outputTokens: 40 };
  const saved = { inputTokens: 600, outputTokens: 400 };

  it("are counted when a reply has told of them; while there are any left, a request is taken", async () => {
    const stage = limits({ key: { tokens: 150 } });
    const [first, second] = [asking({ key: "a" }), asking({ key: "a" })];
    for (const request of [first, second]) expect(await stage.take(request)).toBeUndefined();
    stage.spent(told(first, { usage }));
    expect(await stage.take(asking({ key: "a" }))).toBeUndefined();
    stage.spent(told(second, { usage }));
    // Told of once more, it is counted once.
    stage.spent(told(second, { usage }));
    const refused = (await stage.take(asking({ key: "a" }))) as Refusal;
    expect(refused).toMatchObject({ status: 429, retryAfter: 60 });
    expect(refused.message).toContain("150 tokens a minute");
    expect(await stage.take(asking({ key: "b" }))).toBeUndefined();
    vi.advanceTimersByTime(60_000);
    expect(await stage.take(asking({ key: "a" }))).toBeUndefined();
  });

  it.each([
    [false, undefined],
    [true, 429],
  ])("of hits count where count_hits says so (%s)", async (count_hits, status) => {
    const stage = limits({ key: { tokens: 150 }, count_hits });
    const hit = asking({ key: "a" });
    await stage.take(hit);
    stage.spent(told(hit, { cache: { status: "hit", saved } }));
    expect((await stage.take(asking({ key: "a" })))?.status).toBe(status);
  });

  it("of a reply that told nothing, or nonsense, are none", async () => {
    const stage = limits({ key: { tokens: 1 } });
    for (const inputTokens of [Number.NaN, -5, Number.POSITIVE_INFINITY]) {
      const request = asking({ key: "a" });
      expect(await stage.take(request)).toBeUndefined();
      stage.spent(told(request, { usage: { inputTokens, outputTokens: 0 } }));
    }
    expect(await stage.take(asking({ key: "a" }))).toBeUndefined();
  });
});

it("who falls under no limit is counted nowhere", async () => {
  const asked: string[] = [];
  const windows: Windows = {
    async add(name) {
      asked.push(name);
      return { count: 1, left: 1 };
    },
    close: async () => undefined,
  };
  const config: LimitsConfig = limitsSection.parse({
    key: { requests: 1, tokens: 1 },
    models: [{ models: ["gpt-5"], requests: 1 }],
  });
  const stage = limitsOver(windows, config);
  const request = asking({ model: "o3" });
  expect(await stage.take(request)).toBeUndefined();
  stage.spent(told(request, { usage: { inputTokens: 5, outputTokens: 5 } }));
  expect(asked).toEqual([]);
  // What is counted together has a short name that tells nobody who it is.
  await stage.take(asking({ key: "a-key-that-has-a-name", model: "gpt-5" }));
  expect(asked).toHaveLength(3);
  for (const name of asked) expect(name).toMatch(/^[km][rt]\.[\w-]{22}$/);
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:0db8:0000:0042:1:2:3:4", "2001:db8:0:42::"],
  ["2001:DB8::42", "2001:db8:0:0::"],
  ["::1", "0:0:0:0::"],
  ["64:ff9b:1:2:3::192.0.2.33", "64:ff9b:1:2::"],
  ["fe80::1%eth0", "fe80:0:0:0::"],
  [undefined, "unknown"],
])("%s is of the place %s", (address, place) => {
  expect(networkOf(address)).toBe(place);
});
